/**
 * Every folder beside this file is a scenario: what is in the registry (`given`), what the workflow says (`with`), what
 * becomes of each tag and why (`expect`), the requests phase by phase (requests.txt) and the summary (summary.md).
 * With UPDATE_SCENARIOS=1 the two files are written anew, to be read before they are committed.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { fetchManifest } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxOptions } from '../../sandbox/registry.ts';
import { prune } from '../../src/commands/prune.ts';
import { run } from '../../src/commands/run.ts';
import { explain, type RunReport } from '../../src/report/index.ts';
import { repository, startGitHub, type GitHubRepository } from '../support/github/server.ts';
import { memoryRuntime } from '../support/runtime.ts';
import { pushGiven, type Given } from './given.ts';
import { isWrite, renderRequests } from './requests.ts';

type Scenario = {
  readonly about: string;
  readonly registry?: Pick<SandboxOptions, 'profile' | 'deletes' | 'tagsPerPage'>;
  readonly now: string;
  readonly given: Given;
  /** GitHub's side of acme/apps: pull requests by number, branches, git tags. */
  readonly github?: {
    readonly pulls?: Readonly<Record<string, 'open' | 'closed'>>;
    readonly branches?: readonly string[];
    readonly tags?: readonly string[];
  };
  /** What started the run; left out: a schedule. */
  readonly event?: { readonly name: string; readonly payload: unknown };
  /** Files of the workspace; REGISTRY in them is the sandbox's host, `<name>` an image's digest. */
  readonly files?: Readonly<Record<string, string>>;
  readonly with: Readonly<Record<string, string | number | boolean>>;
  readonly expect: {
    /** Repository → tag → verdict and reason: `delete: rule …`, or a part of the reason. */
    readonly tags: Readonly<Record<string, Readonly<Record<string, string>>>>;
    /** Repository → the tags that are there afterwards, and pull. */
    readonly remains: Readonly<Record<string, readonly string[]>>;
    /** Names of manifests that nobody can pull any more. */
    readonly gone?: readonly string[];
    /** Names of manifests that are served still, tagged or not. */
    readonly served?: readonly string[];
    /** A part of each message that the step fails with; left out: it succeeds. */
    readonly fails?: readonly string[];
    /** What GitHub is asked, in order of the text. */
    readonly asksGitHub?: readonly string[];
    /** What deciding may cost at most, in requests. */
    readonly decideAtMost?: number;
  };
};

const folders = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory());

describe.each(folders.map(({ name }) => name))('%s', (name) => {
  const folder = join(import.meta.dirname, name);
  const scenario = parse(readFileSync(join(folder, 'scenario.yaml'), 'utf8')) as Scenario;

  test(scenario.about, async () => {
    const registry = await startSandboxRegistry(scenario.registry);
    const workspace = await mkdtemp(join(tmpdir(), 'registry-prune-scenario-'));
    const github = await startGitHub([githubRepository(scenario.github)]);
    try {
      const names = await pushGiven(registry, scenario.given);
      registry.forgetRequests();
      const inputs = Object.fromEntries(Object.entries(scenario.with).map(([key, value]) => [key, String(value)]));
      const host = new URL(registry.url).host;
      for (const [path, text] of Object.entries(scenario.files ?? {}))
        await writeFile(join(workspace, path), fill(text, host, names));
      const runtime = memoryRuntime({
        inputs: {
          ...inputs,
          registry: registry.url,
          ...(scenario.github && { 'github-token': github.token, 'github-repository': 'acme/apps' }),
        },
        env: {
          GITHUB_API_URL: github.apiUrl,
          GITHUB_EVENT_NAME: scenario.event?.name ?? 'schedule',
          GITHUB_EVENT_PATH: '/event.json',
        },
        now: new Date(scenario.now),
        workspace,
      });
      runtime.memory.set('/event.json', JSON.stringify(scenario.event?.payload ?? {}));
      await run(runtime, prune);

      const requests = [...registry.requests];
      const rendered = renderRequests(requests, names);
      if (inputs['dry-run'] === 'true') expect(requests.filter(isWrite)).toEqual([]);
      const decided = /^decide \((\d+)\)/.exec(rendered)?.[1];
      if (scenario.expect.decideAtMost !== undefined)
        expect(Number(decided)).toBeLessThanOrEqual(scenario.expect.decideAtMost);

      if (scenario.expect.asksGitHub !== undefined)
        expect(github.seen.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(scenario.expect.asksGitHub);
      for (const part of scenario.expect.fails ?? []) expect(runtime.lines.join('\n')).toContain(part);
      expect(runtime.failures.length > 0).toBe(scenario.expect.fails !== undefined);

      const reportFile = runtime.outputs.get('report-file');
      const report = JSON.parse(runtime.memory.get(reportFile ?? '') ?? '{"repositories":[]}') as RunReport;
      for (const [repository, tags] of Object.entries(scenario.expect.tags)) {
        const decisions = report.repositories.find((each) => each.repository === repository)?.decisions ?? [];
        const said = decisions.map((each) => [
          nameTag(each.tag, names),
          `${each.verdict}: ${nameDigests(explain(each), names)}`,
        ]);
        expect(Object.fromEntries(said)).toEqual(
          Object.fromEntries(Object.entries(tags).map(([tag, text]) => [tag, expect.stringContaining(text)])),
        );
      }
      for (const [repository, tags] of Object.entries(scenario.expect.remains)) {
        const left = [...registry.store.tags(repository).keys()].map((tag) => nameTag(tag, names));
        expect(left.sort()).toEqual([...tags].sort());
        for (const tag of registry.store.tags(repository).keys())
          if (!scenario.given[repository]?.some((image) => image.ghost && image.tags?.includes(tag)))
            expect(await fetchManifest(registry, repository, tag)).toBeDefined();
      }
      const digests = new Map([...names].map(([digest, called]) => [called, digest]));
      const servedAnywhere = async (called: string): Promise<boolean> => {
        const digest = digests.get(called);
        if (digest === undefined) throw new Error(`nothing is named '${called}'`);
        const found = await Promise.all(
          registry.store.repositories().map((repository) => fetchManifest(registry, repository, digest)),
        );
        return found.some((each) => each !== undefined);
      };
      for (const called of scenario.expect.gone ?? [])
        expect([called, await servedAnywhere(called)]).toEqual([called, false]);
      for (const called of scenario.expect.served ?? [])
        expect([called, await servedAnywhere(called)]).toEqual([called, true]);

      compare(join(folder, 'requests.txt'), rendered);
      compare(
        join(folder, 'summary.md'),
        `${nameDigests(runtime.summary(), names)}\n`.replaceAll(portOf(registry.url), '5000'),
      );
    } finally {
      await registry.close();
      await github.close();
      await rm(workspace, { recursive: true });
    }
  });
});

function fill(text: string, host: string, names: ReadonlyMap<string, string>): string {
  const digests = new Map([...names].map(([digest, name]) => [name, digest]));
  return text.replaceAll('REGISTRY', host).replace(/<(.+?)>/g, (whole, name: string) => digests.get(name) ?? whole);
}

function githubRepository({ pulls = {}, ...content }: NonNullable<Scenario['github']> = {}): GitHubRepository {
  return repository('acme/apps', {
    pulls: Object.entries(pulls).map(([number, state]) => ({
      number: Number(number),
      state,
      ...(state === 'closed' && { closedAt: '2026-11-20T10:00:00Z' }),
    })),
    ...(content.branches && { branches: [...content.branches] }),
    ...(content.tags && { tags: [...content.tags] }),
  });
}

function compare(file: string, text: string): void {
  if (process.env.UPDATE_SCENARIOS === '1') writeFileSync(file, text);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : `${file} is missing: run with UPDATE_SCENARIOS=1`).toBe(text);
}

/** The one thing in a summary that differs from run to run. */
function portOf(url: string): string {
  return new URL(url).port;
}

/** Digests, as they stand in references, in tags and shortened in words, by the names that the scenario gives them. */
function nameDigests(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(/sha256(?::|\\:|-)([0-9a-f]{64}|[0-9a-f]{12}(?=…))…?/g, (whole, hex: string) => {
    const found = [...names].find(([digest]) => digest.startsWith(`sha256:${hex}`));
    return found === undefined ? whole : `<${found[1]}>`;
  });
}

/** `sha256-<hex>.sig` as `<image>.sig`. */
function nameTag(tag: string, names: ReadonlyMap<string, string>): string {
  return nameDigests(tag, names);
}
