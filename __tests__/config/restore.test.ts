/** The door that puts back. */
import { describe, expect, test } from '@jest/globals';
import { doors, loadConfig, loadGcConfig, loadRestoreConfig } from '../../src/config/index.ts';
import { problemsOf } from './problems.ts';
import type { RestoreConfig } from '../../src/config/index.ts';

type Inputs = Readonly<Record<string, string>>;

const noFile = (path: string): never => {
  throw new Error(`nothing reads ${path}`);
};
const least = { registry: 'registry.example.com', 'journal-file': 'journal.jsonl' };
const load = (inputs: Inputs): RestoreConfig => loadRestoreConfig(new Map(Object.entries(inputs)), noFile);

test('the least, and the defaults', () => {
  expect(load(least)).toEqual({
    origin: 'https://registry.example.com',
    tlsVerify: true,
    concurrency: 16,
    journalFile: 'journal.jsonl',
    dryRun: false,
  });
});

test('everything', () => {
  const account = { username: 'robot', password: 'secret' };
  const given = { ...least, ...account, 'tls-verify': 'false', 'dry-run': 'true', concurrency: '4' };
  expect(load({ ...given, registry: 'localhost:5000', 'journal-file': '/tmp/a journal' })).toEqual({
    origin: 'http://localhost:5000',
    ...account,
    tlsVerify: false,
    concurrency: 4,
    journalFile: '/tmp/a journal',
    dryRun: true,
  });
});

describe('what is wrong is said at once:', () => {
  test('everything that is missing', () => {
    const missing = problemsOf(() => load({ registry: ' ', 'journal-file': '' }));
    expect(missing.map(({ input }) => input)).toEqual(['registry', 'journal-file']);
    expect(missing[1]).toMatchObject({ what: expect.stringContaining('required'), example: expect.any(String) });
  });

  test('a directory', () => {
    expect(problemsOf(() => load({ ...least, 'journal-file': 'journals/' }))).toEqual([
      expect.objectContaining({ input: 'journal-file', what: expect.stringContaining('is a directory') }),
    ]);
  });

  test('an input of another door, with the door that has it', () => {
    const [problem] = problemsOf(() => load({ ...least, 'keep-last': '3' }));
    expect(problem?.what).toContain(`${doors.restore.uses} has no such input: it belongs to ${doors.prune.uses}`);
  });

  test.each([
    [doors.prune, () => loadConfig(new Map(Object.entries({ ...least, repositories: 'a', 'keep-last': '1' })), noFile)],
    [doors.gc, () => loadGcConfig(new Map(Object.entries(least)), noFile)],
  ])('journal-file at $uses', ({ uses }, run) => {
    const [problem] = problemsOf(run);
    expect(problem?.what).toContain(`${uses} has no such input: it belongs to ${doors.restore.uses}. Move it there.`);
    expect(problem?.example).toContain('journal-file: ');
  });
});
