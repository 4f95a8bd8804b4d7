/** The door that carries out a plan. */
import { describe, expect, test } from '@jest/globals';
import { doors, loadApplyConfig, loadConfig } from '../../src/config/index.ts';
import { problemsOf } from './problems.ts';
import type { ApplyConfig } from '../../src/config/index.ts';

type Inputs = Readonly<Record<string, string>>;

const noFile = (path: string): never => {
  throw new Error(`nothing reads ${path}`);
};
const least = { registry: 'registry.example.com', 'plan-file': 'plan.json' };

function load(inputs: Inputs): ApplyConfig {
  return loadApplyConfig(new Map(Object.entries({ ...least, ...inputs })), noFile);
}

test('the least, and the defaults: no rules', () => {
  expect(load({})).toEqual({
    origin: 'https://registry.example.com',
    tlsVerify: true,
    concurrency: 16,
    planFile: 'plan.json',
    keepReferencedIn: [],
    registryAliases: [],
    dryRun: false,
    garbageCollect: 'off',
    host: { service: { kind: 'docker', name: 'registry' } },
  });
});

test('everything, and the rules as the main door reads them', () => {
  const rules = {
    repositories: 'apps/*',
    tags: 'pr-{pr}',
    'keep-tags': 'stable',
    'older-than': '30d',
    'keep-last': '3',
    'date-source': 'pushed',
    'github-token': 'a-token',
    'github-repository': 'acme/apps',
  };
  const others = {
    username: 'robot',
    password: 'secret',
    'keep-referenced-in': 'deploy/**',
    'registry-aliases': 'mirror.example.com',
    'dry-run': 'true',
    'max-deletions': '20%',
    'garbage-collect': 'online',
    'registry-service': 'systemd:docker-registry',
    'ssh-host': 'registry.example.com',
    'cache-file': '.cache/registry-prune',
    'journal-file': 'journal.jsonl',
  };
  const { madeBy, ...rest } = load({ ...others, ...rules });
  const given = new Map(Object.entries({ registry: 'registry.example.com', ...rules }));
  expect(JSON.stringify(madeBy)).toBe(JSON.stringify(loadConfig(given, noFile).policy));
  expect(rest).toMatchObject({
    username: 'robot',
    password: 'secret',
    keepReferencedIn: ['deploy/**'],
    registryAliases: ['mirror.example.com'],
    githubToken: 'a-token',
    githubRepository: 'acme/apps',
    dryRun: true,
    maxDeletions: { kind: 'percent', percent: 20 },
    cacheFile: '.cache/registry-prune',
    journalFile: 'journal.jsonl',
    garbageCollect: 'online',
    host: { service: { kind: 'systemd', unit: 'docker-registry' }, ssh: { host: 'registry.example.com' } },
  });
});

test('where dates come from is no rule by itself', () => {
  expect(load({ 'date-source': 'pushed' })).not.toHaveProperty('madeBy');
});

describe('what is wrong', () => {
  const cases: readonly (readonly [what: string, given: Inputs, input: string, words: string])[] = [
    ['no plan', { 'plan-file': '' }, 'plan-file', 'required'],
    ['a directory', { 'plan-file': 'plans/' }, 'plan-file', 'directory'],
    ['a directory as its journal', { 'journal-file': 'journals/' }, 'journal-file', 'directory'],
    ['no registry', { registry: '' }, 'registry', 'required'],
    ['a source of dates that is none', { 'date-source': 'x' }, 'date-source', '"x"'],
    ['neither dry nor not', { 'dry-run': 'x' }, 'dry-run', '"x"'],
    ['no mode', { 'garbage-collect': 'now' }, 'garbage-collect', '"now"'],
    ['no service', { 'registry-service': 'x' }, 'registry-service', '"x"'],
    ['a rule without repositories', { tags: 'v{version}', 'keep-last': '3' }, 'repositories', 'required'],
    ['an input beside the policy', { policy: 'version: 1\nrules: []', tags: 'a' }, 'tags', 'beside policy'],
  ];
  test.each(cases)('%s', (_, given, input, words) => {
    const problem = problemsOf(() => load(given)).find((each) => each.input === input);
    expect(problem?.what).toContain(words);
  });

  test.each(['shard', 'delete-untagged', 'untagged-grace', 'remove-empty-repositories'])(
    "%s is the main door's",
    (name) => {
      expect(problemsOf(() => load({ [name]: '1/2' }))).toMatchObject([
        {
          input: `"${name}"`,
          what: `${doors.apply.uses} has no such input: it belongs to ${doors.prune.uses}. Move it there.`,
        },
      ]);
    },
  );

  test('plan-file is no input of the main door, which says whose it is', () => {
    const given = { ...least, repositories: 'a', 'keep-last': '1' };
    expect(() => loadConfig(new Map(Object.entries(given)), noFile)).toThrow(
      `"plan-file": ${doors.prune.uses} has no such input: it belongs to ${doors.apply.uses}. Move it there.`,
    );
  });
});
