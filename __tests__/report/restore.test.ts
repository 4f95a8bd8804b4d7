/** A restore in words. */
import { describe, expect, test } from '@jest/globals';
import { parseDigest, program } from '../../src/model/index.ts';
import type { Digest, Restoration } from '../../src/model/index.ts';
import {
  renderRestoreConclusion,
  renderRestored,
  renderRestoreOutputs,
  renderRestoreSummary,
  restoreFailuresOf,
  restoreWarningsOf,
} from '../../src/report/index.ts';
import type { RestoreReport } from '../../src/report/index.ts';
import { instantOf, originOf, repositoryOf, tagOf } from '../arbitraries/names.ts';

const repository = repositoryOf('apps/web');
function digestOf(letter: string): Digest {
  const digest = parseDigest(`sha256:${letter.repeat(64)}`);
  if (digest === undefined) throw new Error(`${letter} is no hex digit.`);
  return digest;
}
type Ending = Restoration extends infer Each
  ? Each extends Restoration
    ? Omit<Each, 'repository' | 'subject' | 'digest'>
    : never
  : never;
const tag = (name: string, ending: Ending, digest = digestOf('a')): Restoration => ({
  repository,
  subject: { kind: 'tag', tag: tagOf(name) },
  digest,
  ...ending,
});
const manifest = (letter: string, ending: Ending): Restoration => ({
  repository,
  subject: { kind: 'manifest', digest: digestOf(letter) },
  digest: digestOf(letter),
  ...ending,
});

function reportOf(restorations: readonly Restoration[], dryRun = false): RestoreReport {
  const moment = instantOf('2026-11-22T01:30:00Z');
  return {
    format: 'registry-prune.restore-report',
    version: 1,
    program,
    registry: originOf('https://registry.example.com'),
    dryRun,
    startedAt: moment,
    finishedAt: moment,
    journalFile: 'journal.jsonl',
    repositories: [{ repository, restorations }],
    warnings: [],
  };
}

const why = { at: 'apps/web:f', what: 'the registry refuses', wayOut: 'Look at its log.' };
const lost = { result: 'lost', missing: [digestOf('1'), digestOf('2')] } as const;
const everything: readonly Restoration[] = [
  tag('back', { result: 'restored' }),
  tag('covered', { result: 'restored', over: digestOf('c') }),
  tag('present', { result: 'there' }),
  tag('moved', { result: 'taken', by: digestOf('b') }),
  tag('cover', { result: 'placeholder' }),
  tag('gone', lost),
  tag('f', { result: 'failed', why }),
  manifest('a', { result: 'restored' }),
  manifest('d', { result: 'there' }),
  manifest('e', lost),
];

test('the log has a line for each tag, and for each manifest that is not simply there', () => {
  expect(renderRestored({ repository, restorations: everything }, false)).toEqual({
    title: 'apps/web: 2 tags and 1 manifest put back',
    lines: [
      'restored  back                  sha256:aaaaaaaaaaaa…',
      'restored  covered               sha256:aaaaaaaaaaaa…, in place of a placeholder that a run had left',
      'there     present               sha256:aaaaaaaaaaaa…',
      'left      moved                 it names sha256:bbbbbbbbbbbb… by now',
      'left      cover                 a placeholder, which stands for no image',
      "LOST      gone                  it can't be put back: the registry has collected sha256:111111111111… and 1 more part of it, and no journal holds layers",
      'FAILED    f                     apps/web:f: the registry refuses. Look at its log.',
      'restored  sha256:aaaaaaaaaaaa…',
      "LOST      sha256:eeeeeeeeeeee…  it can't be put back: the registry has collected sha256:111111111111… and 1 more part of it, and no journal holds layers",
    ],
  });
});

describe('what fails the step', () => {
  test('is what is lost and what failed; the parts of a lost tag are said once', () => {
    expect(restoreFailuresOf(reportOf(everything)).map(({ at }) => at)).toEqual(['apps/web:gone', 'apps/web:f']);
  });

  test('is a lost manifest that no lost tag speaks for', () => {
    const alone = manifest('e', { result: 'lost', missing: [digestOf('9')] });
    const failures = restoreFailuresOf(reportOf([tag('gone', lost), alone]));
    expect(failures.map(({ at }) => at)).toEqual(['apps/web:gone', `apps/web@${digestOf('e')}`]);
    expect(failures[1]?.what).toContain(digestOf('9'));
  });

  test('is said once where all fail alike', () => {
    const failed = { result: 'failed', why } as const;
    expect(restoreFailuresOf(reportOf([tag('a', failed), manifest('a', failed)]))).toEqual([why]);
  });

  test('is nothing where all is there or left', () => {
    expect(restoreFailuresOf(reportOf(everything.slice(0, 5)))).toEqual([]);
  });
});

test('warnings name the image that a taken tag had, and the journal that has the image of a placeholder', () => {
  const report = { ...reportOf(everything), warnings: [{ at: 'journal.jsonl:2', what: 'cut', wayOut: 'None.' }] };
  const warnings = restoreWarningsOf(report);
  expect(warnings.map(({ at }) => at)).toEqual(['journal.jsonl:2', 'apps/web:moved', 'apps/web:cover']);
  expect(warnings[1]).toMatchObject({
    what: `it names ${digestOf('b')} by now, and was left as it is`,
    wayOut: expect.stringContaining(`apps/web@${digestOf('a')}`),
  });
});

test('the conclusion counts every kind', () => {
  expect(renderRestoreConclusion(reportOf(everything))).toBe(
    [
      '2 tags and 1 manifest of 1 repository put back.',
      '1 tag there already.',
      '1 tag left where somebody has pushed another image.',
      '1 tag in the journal without an image.',
      '1 tag lost: the registry has collected what it takes, and no journal holds layers.',
      '1 tag not put back.',
    ].join(' '),
  );
  const due = [tag('due', { result: 'due' }), manifest('a', { result: 'due' })];
  expect(renderRestoreConclusion(reportOf(due, true))).toBe(
    'Dry run: 1 tag and 1 manifest of 1 repository would be put back; nothing was changed.',
  );
});

test('the outputs are numbers', () => {
  expect([...renderRestoreOutputs(reportOf(everything))]).toEqual([
    ['restored-tag-count', '2'],
    ['restored-manifest-count', '1'],
  ]);
});

describe('the summary', () => {
  test('has failures first, a row for the repository, a list of its tags, and warnings last', () => {
    const summary = renderRestoreSummary(reportOf(everything));
    const places = [
      '## registry-prune: restore\n',
      '- ❌ **apps/web\\:gone**',
      '| <code>apps/web</code> | 2 | 1 | 1 | 2 | 1 | 1 |',
      '<details><summary><code>apps/web</code>: 7 tags of the journal</summary>',
      '| <code>back</code> | restored sha256\\:aaaaaaaaaaaa… |',
      '- ⚠️ **apps/web\\:moved**',
    ].map((part) => summary.indexOf(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  test('makes text from outside inert', () => {
    const evil = { ...why, what: '<img src=x> [click](https://evil.example) @everybody' };
    const summary = renderRestoreSummary(reportOf([tag('f', { result: 'failed', why: evil })]));
    expect(summary).not.toMatch(/<img|\]\(http|[^\\]@everybody/);
  });

  test('stays far below what GitHub takes, and says what it left out', () => {
    const restorations = Array.from({ length: 3_000 }, (_, at) => tag(`tag-${at}`, { result: 'restored' }));
    const names = Array.from({ length: 150 }, (_, at) => repositoryOf(`apps/web-${at}`));
    const repositories = names.map((name) => ({ repository: name, restorations }));
    const summary = renderRestoreSummary({ ...reportOf([]), repositories });
    expect(Buffer.byteLength(summary)).toBeLessThan(1024 * 1024);
    expect(summary).toContain('and 50 repositories more, in the report file.');
  });
});
