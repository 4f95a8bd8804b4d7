/** What the workflow says wrongly is named, quoted and put right, before any registry is asked anything. */
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import { runStep } from './step.ts';

// A process each; on a busy machine one takes seconds.
jest.setTimeout(60_000);

let registry: SandboxRegistry;
beforeAll(async () => {
  registry = await startSandboxRegistry();
  await pushImage(registry, { repository: 'apps/web', tags: ['build-1', 'build-2'] });
});
beforeEach(() => {
  registry.forgetRequests();
});
afterAll(() => registry.close());

type Row = {
  readonly about: string;
  /** Over a set of inputs that would work. */
  readonly given: Readonly<Record<string, string>>;
  /** Parts of the message: the input, the text that offends, a correct line. */
  readonly says: readonly string[];
  readonly secrets?: readonly string[];
};

const rows: readonly Row[] = [
  { about: 'no registry', given: { registry: '' }, says: ['registry: ', 'registry: registry.example.com'] },
  { about: 'no repositories', given: { repositories: '' }, says: ['repositories: ', 'repositories: apps/web'] },
  { about: 'no condition', given: { 'keep-last': '' }, says: ['keep-last: ', '    keep-last: 10', 'older-than: 30d'] },
  { about: 'keep-last: -1', given: { 'keep-last': '-1' }, says: ['keep-last: "-1"', '    keep-last: 10'] },
  {
    about: 'older-than: 30 bananas',
    given: { 'older-than': '30 bananas' },
    says: ['older-than: "30 bananas"', '    older-than: 30d'],
  },
  { about: 'an unclosed placeholder', given: { tags: 'build-{number' }, says: ['tags: ', '"build-{number"'] },
  { about: 'an unclosed class', given: { tags: 'build-[0-9' }, says: ['tags: ', '"build-[0-9"'] },
  { about: 'an unclosed regular expression', given: { tags: '/^build-(/' }, says: ['tags: ', '/^build-(/'] },
  {
    about: 'an input that there is not, nearly one',
    given: { 'keep_last': '5' },
    says: ['"keep_last"', 'Did you mean keep-last?', '    keep-last: 10'],
  },
  { about: 'an input that there is not, like none', given: { frobnicate: 'yes' }, says: ['"frobnicate"', 'keep-last'] },
  {
    about: 'different placeholders in one rule',
    given: { tags: 'v{version}\nbuild-{number}' },
    says: ['tags: ', 'v{version}', 'build-{number}', 'For example:'],
  },
  { about: 'a list of only !', given: { tags: '!v1, !v2' }, says: ['tags: ', '!v1', 'For example:'] },
  {
    about: 'repositories of only !',
    given: { repositories: '!apps/web' },
    says: ['repositories: ', '!apps/web', '    repositories: apps/web'],
  },
  { about: '{{version}}', given: { tags: 'v{{version}}' }, says: ['tags: ', 'v{{version}}', '{version}'] },
  {
    about: 'user and password in registry',
    given: { registry: 'https://robot:hunter2hunter2@registry.example.com' },
    says: ['registry: "https://***@registry.example.com"', 'username and password'],
    secrets: ['hunter2hunter2'],
  },
  {
    about: 'several at once, all of them told',
    given: { 'keep-last': 'ten', concurrency: '0', 'max-deletions': 'half', 'tls-verify': 'maybe' },
    says: ['keep-last: "ten"', 'concurrency: "0"', 'max-deletions: "half"', 'tls-verify: "maybe"'],
  },
];

test.each(rows)('$about', async ({ given, says, secrets = [] }) => {
  const works = { registry: registry.url, repositories: 'apps/web', tags: 'build-{number}', 'keep-last': '1' };
  const step = await runStep({ ...works, ...given }, { secrets: () => secrets });
  expect(step.code).toBe(1);
  expect(step.errors).toHaveLength(1);
  for (const part of says) expect(step.errors[0]).toContain(part);
  expect(step.errors[0]).not.toMatch(/\n\s+at /);
  expect(registry.requests).toEqual([]);
  expect([...registry.store.tags('apps/web').keys()]).toEqual(['build-1', 'build-2']);
  expect([...step.outputs.keys(), ...step.files.keys()]).toEqual([]);
  expect(step.leaks).toEqual([]);
});
