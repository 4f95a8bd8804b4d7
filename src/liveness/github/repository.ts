/** A repository on GitHub, as requests name it. */
import { z } from 'zod';
import type { Api } from './api.ts';
import { GitHubError } from './error.ts';

export type GitHubRepository = {
  /** As it was asked for. */
  readonly name: string;
  readonly owner: string;
  readonly repo: string;
};

/** Throws GitHubError for what is no `owner/name`. */
export function parseRepository(name: string): GitHubRepository {
  const [, owner, repo] = /^([A-Za-z0-9_-]+)\/([A-Za-z0-9._-]+)$/.exec(name) ?? [];
  if (owner === undefined || repo === undefined || /^\.{1,2}$/.test(repo))
    throw new GitHubError({
      what: `"${name}" names no repository on GitHub`,
      wayOut: 'Write it as owner/name, in github-repository or in the rule of the policy.',
    });
  return { name, owner, repo };
}

/** GitHub's names don't tell upper from lower case. */
export function sameRepository(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/**
 * Throws GitHubError unless the token may see the repository: only then does 404 for something in it mean that there is
 * no such thing.
 */
export async function demandRepository(api: Api, { name, owner, repo }: GitHubRepository): Promise<void> {
  const url = new URL(api.octokit.rest.repos.get.endpoint({ owner, repo }).url);
  const question = { url, repo: name, what: `the repository ${name}`, permission: 'contents: read' } as const;
  await api.demand(question, z.object({ id: z.int() }));
}
