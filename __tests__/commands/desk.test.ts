/** What only the command line has: the last question, a list of refs in GitHub's place, and the very same plan. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import type { SandboxRegistry } from '../../sandbox/registry.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { collectGarbage } from '../../src/commands/gc.ts';
import { prune } from '../../src/commands/prune.ts';
import { run } from '../../src/commands/run.ts';
import { inputsOf, type Desk, type Phase, type Row } from '../../src/runtime/index.ts';
import { memoryRuntime, type MemoryRuntime } from '../support/runtime.ts';
import { journalOf, planOf, reportOf, runApply, runPrune, useRegistry, writes } from './step.ts';

const start = useRegistry();
const repository = 'apps/web';
let registry: SandboxRegistry;
beforeEach(async () => {
  registry = await start({ profile: 'distribution-3.1' });
});

const push = (tags: readonly string[], day: number): Promise<unknown> =>
  pushImage(registry, { repository, tags, created: `2026-01-0${day}T00:00:00Z` });
const tags = (): readonly string[] => [...registry.store.tags(repository).keys()].sort();
const written = (): readonly string[] =>
  registry.requests.filter(({ method }) => writes.includes(method)).map(({ method }) => method);
const rule = { repositories: repository, tags: 'build-{number}', 'keep-last': '1' };

describe('the last question', () => {
  beforeEach(async () => {
    for (const day of [1, 2, 3]) await push([`build-${day}`], day);
    registry.forgetRequests();
  });

  /** Answers so, and keeps what was asked and what was to be seen by then. */
  const person = (answer: boolean): Desk & { readonly asked: string[]; readonly drawn: string[] } => {
    const asked: string[] = [];
    const drawn: string[] = [];
    return {
      asked,
      drawn,
      draw: (rows: readonly Row[]) => void drawn.push(...rows.map((row) => row.map(({ text }) => text).join(''))),
      confirm: (question) => {
        expect(written()).toEqual([]);
        expect(drawn.some((line) => line.includes('build-1'))).toBe(true);
        asked.push(question);
        return Promise.resolve(answer);
      },
    };
  };

  test('has the counts; yes deletes', async () => {
    const desk = person(true);
    await runPrune(registry, rule, { desk });
    expect(desk.asked).toEqual([
      expect.stringMatching(
        /^Delete 2 tags and 2 manifests in 1 repository of http:\/\/127\.0\.0\.1:\d+ \([\d.]+ KiB\)\?$/,
      ),
    ]);
    expect(tags()).toEqual(['build-3']);
  });

  test('no deletes nothing, opens no journal, and is a refusal that the report has', async () => {
    const runtime = await runPrune(registry, rule, { desk: person(false) });
    expect(written()).toEqual([]);
    expect(runtime.kinds).toEqual(['refused']);
    expect(reportOf(runtime).failures).toEqual([expect.objectContaining({ at: 'confirmation' })]);
    expect(() => journalOf(runtime)).toThrow('ENOENT');
    expect(tags()).toHaveLength(3);
  });

  test('is not put on a dry run, where a guard refuses, and where there is nothing to do', async () => {
    const never: Desk = { confirm: () => Promise.reject(new Error('It was asked.')) };
    expect((await runPrune(registry, { ...rule, 'dry-run': 'true' }, { desk: never })).failures).toEqual([]);
    expect((await runPrune(registry, { ...rule, 'keep-last': '5' }, { desk: never })).failures).toEqual([]);
    expect((await runPrune(registry, { ...rule, 'max-deletions': '1' }, { desk: never })).kinds).toEqual(['refused']);
  });

  test('apply asks, too', async () => {
    const plan = await planOf(registry, rule);
    const desk = person(false);
    const runtime = await runApply(registry, plan, {}, { desk });
    expect(desk.asked).toHaveLength(1);
    expect(runtime.kinds).toEqual(['refused']);
    expect(written()).toEqual([]);
  });

  test('an interruption while it stands there deletes nothing', async () => {
    const asked = Promise.withResolvers<undefined>();
    const runtime = memoryRuntime({
      inputs: { registry: registry.url, ...rule },
      desk: {
        confirm: () => {
          asked.resolve(undefined);
          return new Promise(() => undefined);
        },
      },
    });
    const running = run(runtime, prune);
    await asked.promise;
    runtime.interrupt();
    await running;
    expect(runtime.failures).toEqual([expect.stringContaining('nothing was deleted')]);
    expect(written()).toEqual([]);
  });
});

test('bad inputs are wrong usage, in the words that are asked for; for gc as well', async () => {
  const runtime = memoryRuntime({ inputs: { registry: registry.url, 'dry-run': 'perhaps' } });
  await run(runtime, collectGarbage, ({ problems }) => problems.map(({ input }) => `--${input}`).join());
  expect([runtime.failures, runtime.kinds]).toEqual([['--dry-run'], ['usage']]);
});

test('phases are counted: every tag that is read, then what is deleted', async () => {
  for (const day of [1, 2, 3]) await push([`build-${day}`], day);
  const seen: Record<Phase, readonly number[]> = { reading: [], deleting: [] };
  const progress = (phase: Phase) => {
    const count = { expected: 0, done: 0 };
    return {
      expect: (more: number) => void (count.expected += more),
      advance: (by = 1) => void (count.done += by),
      end: () => void (seen[phase] = [count.expected, count.done]),
    };
  };
  await runPrune(registry, rule, { desk: { progress } });
  // Two tags and their two manifests.
  expect(seen).toEqual({ reading: [3, 3], deleting: [4, 4] });
});

test('the same rule by a workflow and by the command line gives the same plan, byte for byte', async () => {
  for (const day of [1, 2, 3]) await push([`build-${day}`, `main-${day}`], day);
  const env = {
    INPUT_REGISTRY: registry.url,
    INPUT_REPOSITORIES: 'apps/*\n!apps/api',
    INPUT_TAGS: 'build-{number}\nmain-{number}',
    'INPUT_KEEP-TAGS': 'main-1',
    'INPUT_KEEP-LAST': '1',
    'INPUT_DRY-RUN': 'true',
  };
  const typed = `plan ${registry.url} --repositories apps/* --repositories !apps/api --tags build-{number} --tags main-{number} --keep-tags main-1 --keep-last=1`;
  const invocation = parseCommandLine(typed.split(' '), {});
  if (invocation.kind !== 'run') throw new Error('It runs nothing.');
  const plans = [inputsOf(env), invocation.inputs].map(async (inputs) => {
    const runtime = memoryRuntime({ inputs: Object.fromEntries(inputs), desk: { planFile: 'out.json' } });
    await run(runtime, prune);
    expect(runtime.failures).toEqual([]);
    return runtime.files.readText('out.json');
  });
  const [byWorkflow = '', byCommandLine] = await Promise.all(plans);
  expect(byWorkflow).toContain('"tag": "build-1"');
  expect(byCommandLine).toBe(byWorkflow);
});

describe('--live-refs', () => {
  const sha = 'a'.repeat(40);
  const sweep = (refs: string | undefined, inputs: Readonly<Record<string, string>>): Promise<MemoryRuntime> => {
    const runtime = memoryRuntime({
      inputs: { registry: registry.url, repositories: repository, 'github-repository': 'acme/web', ...inputs },
      // What a workflow's event is about narrows nothing: the list is of everything.
      env: { GITHUB_EVENT_NAME: 'delete', GITHUB_EVENT_PATH: 'nowhere' },
      desk: { liveRefs: 'refs.txt' },
    });
    if (refs !== undefined) runtime.memory.set('refs.txt', refs);
    return run(runtime, prune).then(() => runtime);
  };
  beforeEach(async () => {
    for (const [index, name] of ['branch-main', 'branch-gone', 'pr-3', 'pr-5', 'pr-10'].entries())
      await push([name], index + 1);
    registry.forgetRequests();
  });

  test('what lives stays, what is gone goes, and no token is needed', async () => {
    const refs = `${sha}\trefs/heads/main\n${sha}\trefs/merge-requests/3/head\n${sha}\trefs/merge-requests/9/head\n`;
    const branches = await sweep(refs, { tags: 'branch-{branch}' });
    const requests = await sweep(refs, { tags: 'pr-{pr}' });
    expect([branches.failures, requests.failures]).toEqual([[], []]);
    expect(tags()).toEqual(['branch-main', 'pr-10', 'pr-3']);
    expect(branches.lines).toContain('refs.txt: 1 branches, 0 git tags, 2 pull requests; GitHub is not asked');
  });

  test('a list without pull requests keeps every tag of one, and says why', async () => {
    const runtime = await sweep(`${sha}\trefs/heads/main\n`, { tags: 'pr-{pr}' });
    expect(runtime.failures).toEqual([]);
    expect(runtime.lines.filter((line) => line.startsWith('warning: refs.txt'))).toHaveLength(1);
    expect(written()).toEqual([]);
  });

  test.each([
    ['no file', undefined, 'There is no file refs.txt.'],
    ['no list', 'fatal: repository not found\n', 'Line 1 of refs.txt is none that git ls-remote prints.'],
    ['no branch', `${sha}\trefs/tags/v1\n`, 'refs.txt names no branch at all'],
  ])('%s: nothing is asked of the registry, nothing deleted', async (_, refs, says) => {
    const runtime = await sweep(refs, { tags: 'branch-{branch}' });
    expect(runtime.failures).toEqual([expect.stringContaining(says)]);
    expect(runtime.failures[0]).toContain('git ls-remote URL > refs.txt');
    expect(registry.requests).toEqual([]);
  });

  test('whose refs they are must be said all the same', async () => {
    const runtime = memoryRuntime({
      inputs: { registry: registry.url, repositories: repository, tags: 'pr-{pr}' },
      desk: { liveRefs: 'refs.txt' },
    });
    await run(runtime, prune);
    expect(runtime.failures[0]).toContain('github-repository');
    expect(runtime.failures[0]).not.toContain('github-token');
  });
});
