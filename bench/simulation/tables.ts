/** The tables of docs/scale.md, by the names of their marks. PURE. */
import { table } from '../results.ts';
import { disk2, disk3, disk3WithTokens, limited, objects3, type RegistryKind } from './registries.ts';
import { phases, plain, type Rule, type Shape } from './requests.ts';
import { costOf, longestShard, simulate, type Group, type Scenario } from './run.ts';

/** 10,000,000 tags in 50,000 repositories: most are small, most tags are in large ones. */
const sizes: readonly { readonly count: number; readonly tags: number }[] = [
  { count: 40_000, tags: 20 },
  { count: 9_000, tags: 250 },
  { count: 950, tags: 4_000 },
  { count: 49, tags: 50_000 },
  { count: 1, tags: 700_000 },
];

function groupsOf(shape: (tags: number) => Shape): readonly Group[] {
  return sizes.map(({ count, tags }) => ({ count, shape: shape(tags) }));
}

const keep20 = (tags: number): Shape => ({ ...plain, images: tags, doomed: tags - Math.min(tags, 20) });
const keepMost = (tags: number): Shape => ({ ...plain, images: tags, doomed: Math.floor(tags / 200) });
const platforms = (tags: number): Shape => ({ ...keep20(tags), platforms: 2, attestations: 2 });

const byName: Rule = { dates: false, cache: 'cold', dryRun: false };
const byDate: Rule = { ...byName, dates: true };
const warm: Rule = { ...byDate, cache: 'warm' };

type Night = { readonly name: string; readonly groups: readonly Group[]; readonly rule: Rule };
const nights: readonly Night[] = [
  { name: 'A dry run, by names', groups: groupsOf(keep20), rule: { ...byName, dryRun: true } },
  { name: 'A dry run, by dates', groups: groupsOf(keep20), rule: { ...byDate, dryRun: true } },
  { name: 'A dry run, by dates, warm', groups: groupsOf(keep20), rule: { ...warm, dryRun: true } },
  { name: 'A dry run, by dates, 2 platforms', groups: groupsOf(platforms), rule: { ...byDate, dryRun: true } },
  { name: 'The first night: 20 of each stay', groups: groupsOf(keep20), rule: byName },
  { name: 'The same, 2 platforms', groups: groupsOf(platforms), rule: byName },
  { name: 'A later night: 1 in 200 goes', groups: groupsOf(keepMost), rule: { ...warm, dates: false } },
];
const near = { roundTripMs: 5, concurrency: 16 };

export function tables(): Readonly<Record<string, string>> {
  return { requests: requestsTable(), hours: hoursTable(), sizes: sizesTable(), settings: settingsTable() };
}

function scenario(night: Night, registry: RegistryKind): Scenario {
  return { ...near, groups: night.groups, rule: night.rule, registry };
}

function millions(count: number): string {
  return count === 0 ? '' : (count / 1e6).toFixed(count < 1e5 ? 2 : 1);
}

function hours(ms: number): string {
  const value = ms / 3_600_000;
  if (value >= 10_000) return `${Math.round(value / 8_766)} years`;
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
}

/** In the unit that is read most easily. */
function duration(ms: number): string {
  if (ms < 100_000) return `${(ms / 1_000).toFixed(0)} s`;
  return ms < 6_000_000 ? `${(ms / 60_000).toFixed(0)} min` : `${hours(ms)} h`;
}

function requestsTable(): string {
  const rows = nights.map((night) => {
    const { requests, bytes } = simulate(scenario(night, disk3));
    const total = [...requests.values()].reduce((sum, count) => sum + count, 0);
    return [
      night.name,
      ...phases.map((phase) => millions(requests.get(phase) ?? 0)),
      millions(total),
      `${Math.round(bytes / 1e9)} GB`,
    ];
  });
  return table(['millions of requests', ...phases.map((phase) => `${phase}:`), 'all:', 'bytes:'], rows);
}

const shards = 256;
const sideBySide = 8;

function hoursTable(): string {
  const chosen = [nights[1], nights[4], nights[6]].flatMap((night) => night ?? []);
  const rows = [disk2, disk3, disk3WithTokens, objects3, limited].flatMap((registry) =>
    chosen.map((night) => {
      const given = scenario(night, registry);
      const { registryMs, runnerMs, tokens } = simulate(given);
      const longest = longestShard(given, shards).ms;
      // A limit is the account's, whatever the number of jobs.
      const isLimited = registry.pullsPerHour !== undefined;
      return [
        registry.name,
        night.name,
        hours(registryMs),
        hours(runnerMs),
        hours(Math.max(registryMs, runnerMs / (isLimited ? 1 : sideBySide), isLimited ? 0 : longest)),
        isLimited ? '–' : hours(longest),
        tokens === 0 ? '' : `${Math.round(tokens / 1_000)},000`,
      ];
    }),
  );
  return table(
    [
      ...['registry', 'night', 'registry busy, h:', 'one runner, h:', `${sideBySide} of ${shards} jobs at a time, h:`],
      ...['longest job, h:', 'tokens asked for:'],
    ],
    rows,
  );
}

/** What each size of repository costs by itself: where the limit of one job is. */
function sizesTable(): string {
  const cases = [
    { name: '20 stay', shape: keep20 },
    { name: '1 in 200 goes', shape: keepMost },
    { name: 'every other goes', shape: (tags: number): Shape => ({ ...plain, images: tags, doomed: tags / 2 }) },
  ];
  const rows = [1_000, 4_000, 16_000, 100_000].flatMap((tags) =>
    cases.map(({ name, shape }) => {
      const of = shape(tags);
      const costs = [disk2, disk3].map((registry) => costOf(of, { ...near, registry, rule: byName }));
      const [first, second] = costs.map(({ requests, runnerMs }) => [
        Math.round([...requests.values()].reduce((sum, count) => sum + count, 0) / 1_000).toLocaleString('en'),
        duration(runnerMs),
      ]);
      return [tags.toLocaleString('en'), name, ...(first ?? []), ...(second ?? [])];
    }),
  );
  return table(['tags:', 'of them', '2.8, 1,000 requests:', 'time:', '3.1, 1,000 requests:', 'time:'], rows);
}

function settingsTable(): string {
  const dry = nights[1];
  if (dry === undefined) throw new Error('There is no such night.');
  const rows = [
    { name: 'as it is: dates, 16 under way, 5 ms away', more: {} },
    { name: '`concurrency: 64`', more: { concurrency: 64 } },
    { name: '40 ms away', more: { roundTripMs: 40 } },
    { name: '40 ms away, `concurrency: 64`', more: { roundTripMs: 40, concurrency: 64 } },
    { name: 'warm `cache-file`', more: { rule: { ...warm, dryRun: true } } },
    { name: '`{number}` in place of dates', more: { rule: { ...byName, dryRun: true } } },
  ].map(({ name, more }) => {
    const given = [disk2, disk3, objects3].map((registry) => simulate({ ...scenario(dry, registry), ...more }));
    return [name, ...given.map(({ runnerMs }) => hours(runnerMs))];
  });
  return table(['a dry run on one runner, hours', '2.8, disk:', '3.1, disk:', '3.1, S3:'], rows);
}

/** What the text says of the sizes. */
export function totals(): { readonly repositories: number; readonly tags: number } {
  return {
    repositories: sizes.reduce((sum, { count }) => sum + count, 0),
    tags: sizes.reduce((sum, { count, tags }) => sum + count * tags, 0),
  };
}
