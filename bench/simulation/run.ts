/** A whole run over many repositories: requests, bytes, hours, on one runner or on several. PURE. */
import { shardOf } from '../../src/inventory/shards.ts';
import { parseRepositoryName } from '../../src/model/index.ts';
import { pageSize } from '../../src/registry/pagination.ts';
import { cores, type RegistryKind } from './registries.ts';
import { phases, stagesOf, tagsOf, type Kind, type Phase, type Rule, type Shape, type Stage } from './requests.ts';

/** So many repositories that are alike. */
export type Group = { readonly count: number; readonly shape: Shape };

export type Scenario = {
  readonly groups: readonly Group[];
  readonly registry: RegistryKind;
  readonly rule: Rule;
  /** Between runner and registry. */
  readonly roundTripMs: number;
  readonly concurrency: number;
  /** Runner and registry share the cores, as in the benchmark. */
  readonly sharesCores?: true;
};

export type Costs = {
  readonly requests: ReadonlyMap<Phase, number>;
  readonly pulls: number;
  readonly tokens: number;
  readonly bytes: number;
  /** How long the registry has work for, whoever asks. */
  readonly registryMs: number;
  /** How long one runner takes, if the registry has nothing else to do. */
  readonly runnerMs: number;
};

/** What a request costs the runner, which has one thread for them: 4.6 s of processor time for the 5,900 of 1,000 tags. */
const clientMs = 0.8;
/** With headers, both ways. Manifests and configs of ten layers; a tag in a list. */
const bytesOf: Partial<Record<Kind, number>> = { 'GET manifest': 2_600, 'GET blob': 7_000, 'PUT manifest': 1_400 };
const otherBytes = 700;
const bytesOfListedTag = 24;
/** As `survey` has it: repositories that are read side by side. */
const repositoriesAtOnce = 8;
/** A token isn't used in its last seconds. */
const tokenMarginSeconds = 10;

export type RepositoryCosts = Omit<Costs, 'requests'> & { readonly requests: ReadonlyMap<Phase, number> };

/** One repository in a run over many. */
export function costOf(shape: Shape, scenario: Omit<Scenario, 'groups'>): RepositoryCosts {
  const { registry, rule, roundTripMs, concurrency, sharesCores } = scenario;
  const { decide, carryOut } = stagesOf(shape, { can: registry.can, rule });
  const stages = [...decide, ...carryOut];
  const busy = ({ kind, count, links = 0 }: Stage): number => count * registry.busyMs(kind, links);
  // Neither the registry nor the runner does more than it can.
  const least = (stage: Stage): number =>
    sharesCores ? busy(stage) + (stage.count * clientMs) / cores : Math.max(busy(stage), stage.count * clientMs);
  const answer = ({ kind, links = 0 }: Stage): number => roundTripMs + clientMs + registry.answerMs(kind, links);
  const sum = (of: readonly Stage[], term: (stage: Stage) => number): number =>
    of.reduce((total, stage) => total + term(stage), 0);
  // Nothing waits for the end of a stage while others have requests: what is chained is shared by those side by side.
  const deciding = sum(decide, (stage) =>
    Math.max((stage.count * answer(stage)) / (stage.chained ? repositoriesAtOnce : concurrency), least(stage)),
  );
  // One repository after the other, one stage after the other: the last requests of each leave places empty.
  const carrying = sum(carryOut, (stage) => {
    const turns = stage.chained ? stage.count : Math.ceil(stage.count / concurrency);
    return Math.max(turns * answer(stage), least(stage));
  });
  return {
    requests: new Map(
      phases.map((phase) => [phase, sum(stages, (stage) => (stage.phase === phase ? stage.count : 0))]),
    ),
    pulls: sum(stages, ({ kind, count }) => (kind === 'GET manifest' ? count : 0)),
    tokens: tokensOf(stages, registry, deciding + carrying),
    bytes: sum(
      stages,
      ({ kind, count, links = 0 }) =>
        count * ((bytesOf[kind] ?? otherBytes) + (kind === 'GET tags' ? links * bytesOfListedTag : 0)),
    ),
    registryMs: sum(stages, busy),
    runnerMs: deciding + carrying,
  };
}

/** One for each set of rights, and again when it has expired. */
function tokensOf(stages: readonly Stage[], { tokenSeconds }: RegistryKind, ms: number): number {
  if (tokenSeconds === undefined) return 0;
  const rights = new Set(
    stages.map(({ kind }) =>
      kind.startsWith('DELETE') ? 'delete' : /blob|PUT|upload/.test(kind) && kind !== 'GET blob' ? 'push' : 'pull',
    ),
  );
  return rights.size * (1 + Math.floor(ms / 1_000 / (tokenSeconds - tokenMarginSeconds)));
}

export function simulate(scenario: Scenario): Costs {
  const each = scenario.groups.map(({ count, shape }) => ({ count, costs: costOf(shape, scenario) }));
  const sum = (term: (costs: RepositoryCosts) => number): number =>
    each.reduce((total, { count, costs }) => total + count * term(costs), 0);
  const repositories = scenario.groups.reduce((total, { count }) => total + count, 0);
  const requests = new Map(phases.map((phase) => [phase, sum((costs) => costs.requests.get(phase) ?? 0)]));
  // The catalog is read once more before the first deletion.
  const deletes = !scenario.rule.dryRun && scenario.groups.some(({ shape }) => shape.doomed > 0);
  const catalog = Math.ceil((repositories + 1) / pageSize) * (deletes ? 2 : 1);
  requests.set('list', (requests.get('list') ?? 0) + 1 + catalog);
  const pulls = sum((costs) => costs.pulls);
  const limitMs =
    scenario.registry.pullsPerHour === undefined ? 0 : (pulls / scenario.registry.pullsPerHour) * 3_600_000;
  return {
    requests,
    pulls,
    // The first knock has rights of its own, and so has the catalog.
    tokens: scenario.registry.tokenSeconds === undefined ? 0 : 2 + sum((costs) => costs.tokens),
    bytes: sum((costs) => costs.bytes),
    registryMs: Math.max(
      sum((costs) => costs.registryMs),
      limitMs,
    ),
    runnerMs: Math.max(
      sum((costs) => costs.runnerMs),
      limitMs,
    ),
  };
}

/** Milliseconds of the shard that takes longest, and the tags of the one that has most. */
export function longestShard(scenario: Scenario, shards: number): { readonly ms: number; readonly tags: number } {
  const ms = new Array<number>(shards).fill(0);
  const tags = new Array<number>(shards).fill(0);
  const costs = scenario.groups.map(({ shape }) => ({ ms: costOf(shape, scenario).runnerMs, tags: tagsOf(shape) }));
  const groups = scenario.groups.flatMap(({ count }, group) => new Array<number>(count).fill(group));
  for (const [number, shard] of shardsOfNames(groups.length, shards).entries()) {
    const cost = costs[groups[number] ?? 0];
    ms[shard - 1] = (ms[shard - 1] ?? 0) + (cost?.ms ?? 0);
    tags[shard - 1] = (tags[shard - 1] ?? 0) + (cost?.tags ?? 0);
  }
  return { ms: Math.max(...ms), tags: Math.max(...tags) };
}

const known = new Map<string, readonly number[]>();

/** Of so many names, by the program's own hash. */
function shardsOfNames(names: number, shards: number): readonly number[] {
  const key = `${names} ${shards}`;
  const found =
    known.get(key) ??
    Array.from({ length: names }, (_, number) => {
      const name = parseRepositoryName(`team-${number % 500}/app-${number}`);
      if (name === undefined) throw new Error('A name that is none.');
      return shardOf(name, shards);
    });
  known.set(key, found);
  return found;
}
