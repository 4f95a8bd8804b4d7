/** apply with the journal of a run that was killed in the middle of that plan: exactly the rest of it, and never more. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  pushArtifact,
  pushImage,
  pushIndex,
  pushMultiPlatform,
  pushSignature,
  tag,
  type Pushed,
} from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import type { JournalEntry } from '../../src/model/index.ts';
import { decode } from '../../src/plan/index.ts';
import type { MemoryRuntime } from '../support/runtime.ts';
import { journalOf, planOf, reportOf, runApply, runPrune, runRestore, useRegistry, writes } from './step.ts';

const start = useRegistry();
const repository = 'apps/web';
const rule = { repositories: 'apps/*', tags: 'build-{number}', 'keep-last': '1' };
const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));

type Doomed = { readonly index: Pushed; readonly amd64: Pushed; readonly arm64: Pushed; readonly plain: Pushed };

let registry: SandboxRegistry;
let doomed: Doomed;
let signature = '';
let parts: Pushed;
/** Of the run that was killed. */
let plan = '';
let journal = '';
/** What an undisturbed run leaves. */
let wanted: object;

const tags = (): readonly string[] => [...registry.store.tags(repository).keys()].sort();
/** All that is there, with a tag or without one. */
const everything = (): object => ({
  tags: new Map([...registry.store.tags(repository)].sort()),
  manifests: [...registry.store.manifests(repository).keys()].sort(),
});
const has = ({ digest }: Pushed): boolean => registry.store.manifest(repository, digest) !== undefined;
/** As if the run had come so far, and been killed then. */
const took = (...gone: readonly Pushed[]): void => {
  for (const { digest } of gone) {
    for (const [name, at] of registry.store.tags(repository))
      if (at === digest) registry.store.removeTag(repository, name);
    registry.store.removeManifest(repository, digest);
  }
};
const finish = async (given: { readonly journal?: string; readonly plan?: string } = {}): Promise<MemoryRuntime> => {
  registry.forgetRequests();
  const path = 'earlier/journal.jsonl';
  return runApply(registry, given.plan ?? plan, { 'journal-file': path }, {}, { [path]: given.journal ?? journal });
};
const outcomesOf = (runtime: MemoryRuntime): Readonly<Record<string, string>> =>
  Object.fromEntries(
    reportOf(runtime).repositories.flatMap(({ outcomes }) =>
      outcomes.map((outcome) => [
        outcome.subject.kind === 'tag' ? outcome.subject.tag : outcome.subject.digest,
        outcome.result === 'spared' ? outcome.why : outcome.result,
      ]),
    ),
  );

beforeEach(async () => {
  registry = await start({ profile: 'distribution-3.1' });
  const index = await pushMultiPlatform(registry, { repository, tags: ['build-1'], platforms, seed: 'one' });
  const [amd64, arm64] = index.children;
  if (amd64 === undefined || arm64 === undefined) throw new Error('An index of two was pushed.');
  const plain = await pushImage(registry, { repository, tags: ['build-2'], seed: 'two' });
  doomed = { index, amd64, arm64, plain };
  signature = `${amd64.digest.replace(':', '-')}.sig`;
  await pushSignature(registry, { repository, of: amd64 });
  const artifactType = 'application/spdx+json';
  parts = await pushArtifact(registry, { repository, artifactType, content: 'a list of parts', subject: plain });
  await pushImage(registry, { repository, tags: ['build-3'], seed: 'three' });
  // Nobody's to delete.
  await pushImage(registry, { repository, seed: 'pulled by its digest' });
  const run = await runPrune(registry, rule);
  expect(run.failures).toEqual([]);
  plan = run.files.readText(run.outputs.get('plan-file') ?? '');
  journal = journalOf(run);
  wanted = everything();
  expect(tags()).toEqual(['build-3']);
  expect((await runRestore(registry, journal)).failures).toEqual([]);
  expect([doomed.index, doomed.amd64, doomed.arm64, doomed.plain, parts].map(has)).not.toContain(false);
});

describe('a run that was killed', () => {
  test('after it took an index: its platforms and their signature go', async () => {
    took(doomed.index);
    const before = await runApply(registry, plan, { 'dry-run': 'true' });
    expect(outcomesOf(before)[doomed.amd64.digest]).toBe('now-held');
    const runtime = await finish();
    expect(runtime.failures).toEqual([]);
    expect(everything()).toEqual(wanted);
    expect(JSON.parse(runtime.outputs.get('deleted-tags') ?? '')).toEqual(
      ['build-2', signature].map((name) => `${repository}:${name}`),
    );
    expect(runtime.lines.join('\n')).toMatch(
      /gone already\. This finishes a run whose journal has \d+ manifests of it\./,
    );
    expect(reportOf(runtime).applied).toMatchObject({ journaled: journal.trimEnd().split('\n').length });
  });

  test('after it took an image: what names it as its subject goes', async () => {
    took(doomed.plain);
    expect((await runApply(registry, plan)).failures).toEqual([]);
    expect(has(parts)).toBe(true);
    expect((await finish()).failures).toEqual([]);
    expect(everything()).toEqual(wanted);
  });

  test('and whose rerun left what no tag leads to: the rest goes', async () => {
    for (const name of ['build-1', 'build-2']) registry.store.removeTag(repository, name);
    took(doomed.index);
    const rerun = await runPrune(registry, rule);
    expect(rerun.failures).toEqual([]);
    expect(tags()).toEqual(['build-3', signature].sort());
    expect((await finish()).failures).toEqual([]);
    expect(everything()).toEqual(wanted);
  });

  test('before it took anything: all goes, and once more is nothing', async () => {
    expect((await finish()).failures).toEqual([]);
    expect(everything()).toEqual(wanted);
    const again = await finish();
    expect(again.failures).toEqual([]);
    expect(again.lines.join('\n')).toContain('Nothing of it was left to do.');
    expect(registry.requests.filter(({ method }) => writes.includes(method))).toEqual([]);
  });

  test('its journal is only read: what this run deletes is in its own, which brings it back', async () => {
    took(doomed.index);
    const runtime = await finish();
    const own = runtime.outputs.get('journal-file');
    expect(own).not.toBe('earlier/journal.jsonl');
    expect(runtime.files.readText('earlier/journal.jsonl')).toBe(journal);
    const digests = journalOf(runtime).trimEnd().split('\n');
    expect(digests.map((line) => (JSON.parse(line) as JournalEntry).digest)).not.toContain(doomed.index.digest);
    for (const each of [journalOf(runtime), journal]) expect((await runRestore(registry, each)).failures).toEqual([]);
    expect(tags()).toEqual(['build-1', 'build-2', 'build-3', signature].sort());
    expect([doomed.index, doomed.amd64, doomed.arm64, doomed.plain, parts].map(has)).not.toContain(false);
  });

  test('a dry run says what is left, and its plan is carried out without a journal', async () => {
    took(doomed.index);
    const path = 'earlier/journal.jsonl';
    const dry = await runApply(registry, plan, { 'journal-file': path, 'dry-run': 'true' }, {}, { [path]: journal });
    expect(dry.failures).toEqual([]);
    const left = dry.files.readText(dry.outputs.get('plan-file') ?? '');
    expect(decode(left).repositories[0]?.manifests.map(({ digest }) => digest)).toContain(doomed.amd64.digest);
    expect((await finish({ plan: left })).failures).toEqual([expect.stringMatching(/needs no journal/)]);
    expect((await runApply(registry, left)).failures).toEqual([]);
    expect(everything()).toEqual(wanted);
  });
});

describe('what came meanwhile stays', () => {
  test('a platform that another index lists now, with its signature', async () => {
    took(doomed.index);
    await pushIndex(registry, { repository, tags: ['v1'], children: [doomed.amd64] });
    const runtime = await finish();
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-3', signature, 'v1'].sort());
    expect([doomed.amd64, doomed.arm64].map(has)).toEqual([true, false]);
    expect(outcomesOf(runtime)).toMatchObject({ [doomed.amd64.digest]: 'now-held', [signature]: 'now-held' });
  });

  test('a platform that has a tag of its own now', async () => {
    took(doomed.index);
    await tag(registry, doomed.arm64, 'production');
    const runtime = await finish();
    expect(runtime.failures).toEqual([]);
    expect(tags()).toEqual(['build-3', 'production']);
    expect(outcomesOf(runtime)[doomed.arm64.digest]).toBe('gained-a-kept-tag');
  });

  test('what the plan does not name', async () => {
    took(doomed.index);
    const loose = await pushImage(registry, { repository, seed: 'without a tag, since' });
    await pushImage(registry, { repository, tags: ['build-4'], seed: 'four' });
    expect((await finish()).failures).toEqual([]);
    expect(tags()).toEqual(['build-3', 'build-4']);
    expect(has(loose)).toBe(true);
  });
});

describe('a journal', () => {
  const lines = (): readonly JournalEntry[] =>
    journal
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as JournalEntry);
  const textOf = (entries: readonly object[]): string => entries.map((each) => `${JSON.stringify(each)}\n`).join('');

  test('that was tampered with makes nothing go but what the plan names', async () => {
    took(doomed.index);
    const [kept, loose] = [
      await pushImage(registry, { repository, tags: ['v1'], seed: 'kept' }),
      await pushImage(registry, { repository, seed: 'loose' }),
    ];
    const forged = [kept, loose].map(({ digest, mediaType, bytes }) => ({
      ...lines()[0],
      ...{ digest, mediaType, bytesBase64: Buffer.from(bytes).toString('base64'), tags: ['v1'] },
    }));
    for (const entry of forged) {
      const runtime = await finish({ journal: journal + textOf([entry]) });
      expect(runtime.failures).toEqual([expect.stringMatching(/is of another run: it has apps\/web@sha256:/)]);
      expect(registry.requests).toEqual([]);
    }
    // What it says of tags, roles and subjects means nothing here.
    const twisted = lines().map((entry) => ({ ...entry, role: 'untagged', tags: [] }));
    expect((await finish({ journal: textOf(twisted) })).failures).toEqual([]);
    expect(tags()).toEqual(['build-3', 'v1']);
    expect([kept, loose].map(has)).toEqual([true, true]);
  });

  test('whose last line was cut short is believed but for that line', async () => {
    took(doomed.index);
    const runtime = await finish({ journal: journal.slice(0, -20) });
    expect(runtime.failures).toEqual([]);
    expect(runtime.lines.filter((line) => line.startsWith('warning: '))).toEqual([
      expect.stringContaining('the last line was cut short'),
    ]);
  });

  test.each<[string, () => string, RegExp]>([
    ['with a wrong line', () => journal.replace('"role":"child"', '"role":"kept"'), /it is malformed at role/],
    [
      'with other bytes',
      () => textOf(lines().map((entry) => ({ ...entry, bytesBase64: 'e30=' }))),
      /jsonl:1: its bytes have the digest/,
    ],
    [
      'of another registry',
      () => textOf(lines().map((entry) => ({ ...entry, registry: 'https://registry.example.com' }))),
      /is of https:\/\/registry\.example\.com, and the registry here is/,
    ],
    [
      'of another repository',
      () => textOf(lines().map((entry) => ({ ...entry, repository: 'apps/api' }))),
      /is of another run: it has apps\/api@sha256:[0-9a-f]+, which the plan does not name\. Nothing was changed/,
    ],
    ['that is the plan', () => plan, /it is no line of a journal/],
  ])('%s is refused, before anything is asked', async (_, text, words) => {
    took(doomed.index);
    const runtime = await finish({ journal: text() });
    expect(runtime.failures).toEqual([expect.stringMatching(words)]);
    expect(registry.requests).toEqual([]);
    expect([...runtime.outputs.keys()]).toEqual([]);
  });

  test('that is not there is named, and nothing is asked', async () => {
    registry.forgetRequests();
    const runtime = await runApply(registry, plan, { 'journal-file': 'nowhere.jsonl' });
    expect(runtime.failures).toEqual([
      expect.stringMatching(/^There is no journal nowhere\.jsonl\. Nothing was changed/),
    ]);
    expect(registry.requests).toEqual([]);
  });

  test('of another run of the same rules is none of this one', async () => {
    const other = await planOf(registry, { ...rule, tags: 'build-1', 'keep-last': '0' });
    const runtime = await finish({ plan: other });
    expect(runtime.failures).toEqual([expect.stringMatching(/is of another run/)]);
    expect(registry.requests).toEqual([]);
  });

  test('without a line says of nothing that it was taken', async () => {
    took(doomed.index);
    expect((await finish({ journal: '' })).failures).toEqual([]);
    expect([doomed.amd64, doomed.arm64].map(has)).toEqual([true, true]);
  });
});
