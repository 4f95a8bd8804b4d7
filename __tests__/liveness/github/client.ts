/** A client whose clock only sleeping moves, and the asks and claims in the fewest words. */
import { expect } from '@jest/globals';
import type { Claim } from '../../../src/model/index.ts';
import type { Ask } from '../../../src/policy/index.ts';
import type { RequestRecord } from '../../../src/registry/index.ts';
import { connectGitHub, GitHubError, type GitHub, type GitHubOptions } from '../../../src/liveness/index.ts';
import {
  startGitHub,
  type GitHubRepository,
  type GitHubServer,
  type GitHubServerOptions,
} from '../../support/github/server.ts';

export const repo = 'acme/apps';

export type Place = {
  readonly server: GitHubServer;
  readonly github: GitHub;
  /** How long it would have slept, in order; time passes with it. */
  readonly slept: number[];
  readonly records: RequestRecord[];
};

/** Starts a GitHub with these repositories, runs the test against it, and ends it. */
export async function withGitHub(
  repositories: GitHubRepository[],
  test: (place: Place) => Promise<void>,
  options: { readonly server?: GitHubServerOptions; readonly client?: Partial<GitHubOptions> } = {},
): Promise<void> {
  let nowMs = Date.parse('2026-11-22T00:00:00Z');
  const now = (): Date => new Date(nowMs);
  const server = await startGitHub(repositories, { now, ...options.server });
  const slept: number[] = [];
  const records: RequestRecord[] = [];
  const github = connectGitHub({
    token: server.token,
    apiUrl: server.apiUrl,
    env: {},
    sleep: (ms) => {
      slept.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
    random: () => 0.5,
    now,
    onRequest: (record) => records.push(record),
    ...options.client,
  });
  try {
    await test({ server, github, slept, records });
  } finally {
    await server.close();
  }
}

export function pulls(...numbers: readonly number[]): readonly Ask[] {
  return numbers.map((number) => ({ kind: 'pull-request', repo, number }));
}

export function texts(...all: readonly string[]): readonly Ask[] {
  return all.map((text) => ({ kind: 'branch', repo, text }));
}

/** `12 closed`, `feature-x alive as feature/x`, `old gone`. */
export function show(claims: readonly Claim[]): readonly string[] {
  return claims.map((claim) => {
    if (claim.kind === 'pull-request') return `${claim.number} ${claim.state}`;
    return claim.liveAs === undefined ? `${claim.text} gone` : `${claim.text} alive as ${claim.liveAs}`;
  });
}

/** The error of an answer that must not come. It never holds the token. */
export async function errorOf(answer: Promise<readonly Claim[]>, token: string): Promise<GitHubError> {
  const error: unknown = await answer.then(
    (claims) => new Error(`claims came: ${show(claims).join(', ')}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof GitHubError)) throw error;
  expect(JSON.stringify([error.message, error.what, error.wayOut, error.stack, String(error.cause)])).not.toContain(
    token,
  );
  return error;
}
