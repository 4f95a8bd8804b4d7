/** The door that only collects. */
import { describe, expect, test } from '@jest/globals';
import { doors, loadConfig, loadGcConfig, secretsOf } from '../../src/config/index.ts';
import { problemsOf } from './problems.ts';
import type { GcConfig } from '../../src/config/index.ts';

type Inputs = Readonly<Record<string, string>>;

const noFile = (path: string): never => {
  throw new Error(`nothing reads ${path}`);
};

function load(inputs: Inputs): GcConfig {
  return loadGcConfig(new Map(Object.entries({ registry: 'registry.example.com', ...inputs })), noFile);
}

test('the least, and the defaults: every repository, offline', () => {
  const { repositories, ...rest } = load({});
  expect(repositories.source).toEqual(['**']);
  expect(rest).toEqual({
    origin: 'https://registry.example.com',
    tlsVerify: true,
    keepReferencedIn: [],
    registryAliases: [],
    dryRun: false,
    concurrency: 16,
    garbageCollect: 'offline',
    deleteUntagged: false,
    untaggedGraceSeconds: 7 * 86_400,
    removeEmptyRepositories: false,
    host: { service: { kind: 'docker', name: 'registry' } },
  });
});

test('everything', () => {
  const { repositories, ...rest } = load({
    username: 'robot',
    password: 'secret',
    'tls-verify': 'false',
    repositories: 'apps/**, !apps/base',
    'keep-referenced-in': 'deploy/**',
    'registry-aliases': 'mirror.example.com',
    'dry-run': 'true',
    'max-deletions': '5',
    'delete-untagged': 'true',
    'untagged-grace': '0d',
    'garbage-collect': 'online',
    'registry-service': 'systemd:docker-registry',
    'ssh-host': 'registry.example.com',
    concurrency: '4',
  });
  expect(repositories.source).toEqual(['apps/**', '!apps/base']);
  expect(rest).toEqual({
    origin: 'https://registry.example.com',
    username: 'robot',
    password: 'secret',
    tlsVerify: false,
    keepReferencedIn: ['deploy/**'],
    registryAliases: ['mirror.example.com'],
    dryRun: true,
    maxDeletions: { kind: 'count', count: 5 },
    concurrency: 4,
    garbageCollect: 'online',
    deleteUntagged: true,
    untaggedGraceSeconds: 0,
    removeEmptyRepositories: false,
    host: { service: { kind: 'systemd', unit: 'docker-registry' }, ssh: { host: 'registry.example.com' } },
  });
});

describe('what is wrong', () => {
  const cases: readonly (readonly [what: string, given: Inputs, input: string, words: readonly string[]])[] = [
    ['no registry', { registry: '' }, 'registry', ['required']],
    ['nothing to do', { 'garbage-collect': 'false' }, 'garbage-collect', ['Nothing else is done here']],
    ['no mode', { 'garbage-collect': 'now' }, 'garbage-collect', ['"now"']],
    ['a registry before the repository', { repositories: 'registry.example.com/a' }, 'repositories', ['alone']],
    [
      'not while it runs',
      { 'garbage-collect': 'online', 'remove-empty-repositories': 'true' },
      'remove-empty-repositories',
      ['offline'],
    ],
    ['a name nearly right', { ssh_host: 'x' }, '"ssh_host"', ['Did you mean ssh-host?']],
    ['a name of nothing', { frobnicate: 'x' }, '"frobnicate"', ['registry, username', 'concurrency']],
  ];
  test.each(cases)('%s', (_, given, input, words) => {
    const problems = problemsOf(() => load(given));
    expect(problems.map((problem) => problem.input)).toEqual([input]);
    for (const word of words) expect(problems[0]?.what).toContain(word);
  });

  test.each(['tags', 'keep-last', 'policy', 'github-token', 'date-source'])("%s is the main door's", (name) => {
    const [problem, ...others] = problemsOf(() => load({ [name]: '1' }));
    expect(others).toEqual([]);
    expect(problem).toMatchObject({
      input: `"${name}"`,
      what: 'OWNER/registry-prune/gc@v1 has no such input: it belongs to OWNER/registry-prune@v1. Move it there.',
    });
    expect(problem?.example).toMatch(new RegExp(`^uses: OWNER/registry-prune@v1\\nwith:\\n  ${name}: `));
  });

  test('all of it at once, in the order of the inputs', () => {
    const given = { 'tls-verify': 'x', repositories: '!a', 'dry-run': 'x', 'max-deletions': 'x', concurrency: 'x' };
    const rest = { 'keep-referenced-in': '!a', 'registry-aliases': '/', 'delete-untagged': 'x', 'ssh-host': 'a b' };
    expect(problemsOf(() => load({ registry: 'ssh://x', ...given, ...rest })).map(({ input }) => input)).toEqual([
      'registry',
      'tls-verify',
      'repositories',
      'keep-referenced-in',
      'registry-aliases',
      'dry-run',
      'max-deletions',
      'delete-untagged',
      'ssh-host',
      'concurrency',
    ]);
  });
});

describe('the doors', () => {
  test('have the same parsers, and the same words', () => {
    const own = Object.values(doors.gc.inputs).filter(
      (input) => !Object.values(doors.prune.inputs).some((other) => other.description === input.description),
    );
    expect(own.map(({ name }) => name)).toEqual(['repositories']);
    const inputs = { registry: 'h', 'ssh-host': 'a@b:1', 'registry-service': 'podman:r', 'untagged-grace': '1d' };
    const both = new Map(Object.entries({ ...inputs, 'garbage-collect': 'offline' }));
    const { policy, ...main } = loadConfig(new Map([...both, ['repositories', 'a'], ['keep-last', '1']]), noFile);
    const { repositories, ...gc } = loadGcConfig(both, noFile);
    expect(main).toEqual(gc);
    expect([policy.rules.length, repositories.source]).toEqual([1, ['**']]);
  });

  test('hide the same secrets, whichever was started', () => {
    const secrets = {
      password: 'pa55word',
      'ssh-key': 'a\nkey',
      'ssh-key-passphrase': ' hunter2 ',
      'github-token': 't',
    };
    const given = new Map(Object.entries({ ...secrets, 'ssh-host': 'h', registry: 'me:other@h' }));
    expect(secretsOf(given)).toEqual(['pa55word', 't', 'a\nkey', 'hunter2', 'other']);
  });
});
