/** What only the registry's files say: without them it is refused, not left out. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import type { Outside } from '../../src/commands/outside.ts';
import { survey, type SurveyOptions } from '../../src/commands/survey.ts';
import { ContentMemory, ReferrersSupport } from '../../src/inventory/index.ts';
import type { Digest, Reference, StoredRegistry } from '../../src/model/index.ts';
import { parseRepositoryPatterns } from '../../src/pattern/index.ts';
import { makeKeepTags } from '../../src/policy/index.ts';
import type { Registry } from '../../src/registry/index.ts';
import { StorageError } from '../../src/storage/index.ts';
import { instantOf, repositoryOf } from '../arbitraries/names.ts';
import { clientOf } from '../inventory/sandbox.ts';

const then = instantOf('2026-10-01T00:00:00Z');
let sandbox: SandboxRegistry;
let registry: Registry;

beforeEach(async () => {
  sandbox = await startSandboxRegistry();
  registry = clientOf(sandbox.url);
});
afterEach(async () => {
  await registry.close();
  await sandbox.close();
});

function options(given: Partial<SurveyOptions>, references: readonly Reference[] = []): SurveyOptions {
  const outside: Outside = {
    focus: undefined,
    referencesIn: () => references,
    warnings: [],
    claim: () => Promise.resolve([]),
    confirm: () => Promise.resolve([]),
  };
  return {
    registry,
    memory: new ContentMemory(),
    referrers: new ReferrersSupport(),
    policy: { keepTags: makeKeepTags([]), rules: [], dateSource: 'created' },
    repositories: [parseRepositoryPatterns(['**'])],
    outside,
    now: () => instantOf('2026-11-22T00:00:00Z'),
    deleteUntagged: false,
    untaggedGraceSeconds: 7 * 86_400,
    ...given,
  };
}

/** All manifests of the sandbox, pushed long ago. */
function stored(...names: readonly string[]): StoredRegistry {
  return {
    repositories: new Map(
      names.map((name) => [
        repositoryOf(name),
        {
          tags: new Map(),
          revisions: new Map(
            [...sandbox.store.manifests(name).keys()].map((digest) => [digest as Digest, { at: then, mtime: 1 }]),
          ),
        },
      ]),
    ),
  };
}

test.each<[string, Partial<SurveyOptions>]>([
  ['date-source: pushed', { policy: { keepTags: makeKeepTags([]), rules: [], dateSource: 'pushed' } }],
  ['delete-untagged', { deleteUntagged: true }],
])('%s without the files is an error, before anything is asked', async (name, given) => {
  const surveying = survey(options(given));
  await expect(surveying).rejects.toThrow(`${name} must read the registry's files`);
  await expect(surveying).rejects.toThrow(StorageError);
  expect(sandbox.requests).toEqual([]);
});

describe('with them, and without any rule', () => {
  test('tags stay, and untagged manifests are planned', async () => {
    await pushImage(sandbox, { repository: 'apps/web', tags: ['v1'] });
    const loose = await pushImage(sandbox, { repository: 'apps/web', seed: 'loose' });
    await pushImage(sandbox, { repository: 'apps/api', tags: ['v1'] });
    const known = stored('apps/web', 'apps/api');
    const { surveyed } = await survey(options({ stored: known, deleteUntagged: true }));
    expect(surveyed.map(({ repository, plan }) => [repository, plan?.tags, plan?.manifests])).toEqual([
      ['apps/api', [], []],
      ['apps/web', [], [expect.objectContaining({ digest: loose.digest, role: 'untagged', revisedAt: then })]],
    ]);
    expect(surveyed[1]?.stored).toBe(known.repositories.get(repositoryOf('apps/web')));
    expect(surveyed[1]?.decisions).toMatchObject([{ tag: 'v1', verdict: 'keep' }]);
  });

  test('a file that names one keeps it', async () => {
    const loose = await pushImage(sandbox, { repository: 'apps/web', seed: 'loose' });
    const reference: Reference = {
      repository: repositoryOf('apps/web'),
      file: 'deploy.yml',
      line: 1,
      as: `apps/web@${loose.digest}`,
      names: { kind: 'digest', digest: loose.digest as Digest },
    };
    const { surveyed } = await survey(options({ stored: stored('apps/web'), deleteUntagged: true }, [reference]));
    expect(surveyed[0]?.plan?.manifests).toEqual([]);
  });

  test('a repository that is spelled out and not there is a failure', async () => {
    const repositories = [parseRepositoryPatterns(['apps/wbe'])];
    const { surveyed } = await survey(options({ repositories, stored: stored(), deleteUntagged: true }));
    expect(surveyed).toMatchObject([{ state: 'missing', failures: [{ at: 'apps/wbe' }] }]);
  });
});
