/** Where a random run takes place: a registry with a repository or two, an account, rules, and the program on them. */
import { prune } from '../../src/commands/prune.ts';
import { run } from '../../src/commands/run.ts';
import type { Plan } from '../../src/model/index.ts';
import type { RunReport } from '../../src/report/index.ts';
import { startForeignOrigin, type ForeignOrigin } from '../../sandbox/foreign-origin.ts';
import type { Pushed } from '../../sandbox/push.ts';
import type { Random } from '../../sandbox/random.ts';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import { startRelay, type Relay } from '../../sandbox/relay.ts';
import { memoryRuntime } from '../support/runtime.ts';
import { hiding, leaks, makeAccount, type Account } from './account.ts';
import { fill, now, type Scene } from './content.ts';
import type { Ran } from './oracle.ts';
import { makeRules, type Rules } from './rules.ts';
import type { Tally } from './tally.ts';
import { lookAt, type Truth } from './truth.ts';
import { demand, demandNone } from './violation.ts';

export type Stage = {
  readonly registry: SandboxRegistry;
  readonly random: Random;
  readonly rules: Rules;
  readonly account: Account;
  readonly scenes: readonly Scene[];
  /** By repository. */
  readonly pushed: ReadonlyMap<string, readonly Pushed[]>;
  readonly tally: Tally;
};

/** Builds one, by chance. `options` go before what the account wants of the registry. */
export async function onStage(
  { random, tally, options }: { readonly random: Random; readonly tally: Tally; readonly options?: SandboxOptions },
  act: (staged: Stage) => Promise<void>,
): Promise<void> {
  const profile = random.pick(['distribution-2.8', 'distribution-3.1', 'oci-1.1'] as const);
  const account = makeAccount(random);
  const registry = await startSandboxRegistry({ ...account.options, ...options, profile });
  try {
    const names = random.pick<readonly string[]>([['apps/web'], ['apps/web'], ['apps/web', 'apps/api']]);
    const scenes = names.map((repository) => ({ registry, repository, random }));
    const pushed = new Map<string, readonly Pushed[]>();
    for (const scene of scenes) pushed.set(scene.repository, await fill(scene));
    await act({ registry, random, rules: makeRules(random), account, scenes, pushed, tally });
  } finally {
    await registry.close();
  }
}

/** The way to the registry: through a relay, beside which there is somebody else's server. */
export type Way = { readonly relay: Relay; readonly foreign: ForeignOrigin };

export async function onItsWay<T>({ registry, random }: Stage, act: (way: Way) => Promise<T>): Promise<T> {
  const relay = await startRelay(registry.url);
  // It may want to know who asks, or send back to the registry: what comes there doesn't come with credentials again.
  const phish = { 'www-authenticate': random.pick(['Basic realm="me"', `Bearer realm="${relay.url}/token"`]) };
  const kind = random.pick(['nothing', 'phish', 'back', 'content'] as const);
  const foreign = await startForeignOrigin(({ path }) => {
    if (kind === 'phish') return { status: 401, headers: phish };
    if (kind === 'back') return { status: 307, headers: { location: `${relay.url}${path}` } };
    return kind === 'content' ? { status: 200, body: '{}' } : { status: 404 };
  });
  try {
    return await act({ relay, foreign });
  } finally {
    await relay.close();
    await foreign.close();
  }
}

export type Seen = {
  /** `undefined` where the run ended before it could write a report. */
  readonly ran: Ran | undefined;
  readonly failed: boolean;
  /** All that it said. */
  readonly log: readonly string[];
};

/** The longest that GitHub lets a job run. */
const mostVirtualMs = 6 * 3_600_000;
/** In real time. A run takes less than a second where nothing stalls; a machine may be slow. */
const mostRealMs = 120_000;
/** For an answer, in real time: where something stalls on purpose. */
const patienceMs = 500;

export type PruneOptions = {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly way?: Way | undefined;
};

/** One request at a time, unless the inputs say otherwise: what comes at a given one comes there again. */
export async function pruneOn(staged: Stage, { inputs = {}, way }: PruneOptions = {}): Promise<Seen> {
  const { registry, random, rules, account, tally } = staged;
  const url = way?.relay.url ?? registry.url;
  const told = { registry: url, repositories: 'apps/*', concurrency: '1', ...account.inputsFor(url) };
  const memory = memoryRuntime({ inputs: { ...told, ...rules.inputs, ...inputs }, env: account.envFor(url), now });
  const runtime = {
    ...hiding(memory),
    random: () => random.next(),
    ...(way === undefined ? {} : { patienceMs }),
  };
  const earlier = (way?.relay ?? registry).requests.length;
  await inTime(run(runtime, prune), memory.lines);
  const elapsedMs = memory.now().getTime() - now.getTime();
  const failed = memory.failures.length > 0;
  tally.commands += 1;
  tally.failed += failed ? 1 : 0;
  tally.requests += (way?.relay ?? registry).requests.length - earlier;
  tally.longestMs = Math.max(tally.longestMs, elapsedMs);

  const log = [...memory.lines];
  demand('bound', elapsedMs <= mostVirtualMs, `it waited for ${elapsedMs} ms`, log);
  demandNone('leak', leaks(account, { memory, foreign: way?.foreign, registry }), log);
  const read = (ending: string): unknown => {
    const path = [...memory.memory.keys()].find((each) => each.endsWith(ending));
    return path === undefined ? undefined : JSON.parse(memory.memory.get(path) ?? '');
  };
  const report = read('report.json') as RunReport | undefined;
  const plan = read('plan.json') as Plan | undefined;
  demand('status', report !== undefined || failed, 'it wrote no report, and the step did not fail', log);
  return { ran: report && plan && { registry, rules, plan, report, failed }, failed, log };
}

async function inTime(running: Promise<void>, log: readonly string[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => {
      resolve('late');
    }, mostRealMs);
  });
  const ending = await Promise.race([running, late]);
  clearTimeout(timer);
  demand('bound', ending !== 'late', `it did not end in ${mostRealMs} ms`, log);
}

export function look({ registry, scenes }: Stage): readonly Truth[] {
  return scenes.map(({ repository }) => lookAt(registry, repository));
}
