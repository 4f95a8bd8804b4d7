/** One rule in one repository: what it makes of each tag that it governs. */
import type { Evidence, Instant, Manifest, Tag, TagState } from '../model/index.ts';
import type { Reading } from '../pattern/index.ts';
import { dateOf, judgeAge, type Dated, type Dateless } from './age.ts';
import type { Behind } from './behind.ts';
import type { JudgeClaims } from './claims.ts';
import { because, finding, notAsked, type Finding } from './finding.ts';
import {
  isOnePlace,
  isPrerelease,
  liveSeriesOf,
  rank,
  seriesOf,
  standingOf,
  type Entry,
  type Key,
  type Place,
  type Ranking,
  type Standing,
} from './rank.ts';
import type { Policy, Rule } from './rule.ts';
import { judgeSource } from './source.ts';

export type Verdict = {
  readonly verdict: 'keep' | 'delete';
  readonly because: readonly [Evidence, ...Evidence[]];
};

/** A governed tag, what it points at, and how the rule reads it. */
export type Case = {
  readonly tag: Tag;
  readonly state: TagState;
  readonly governance: { readonly readings: readonly Reading[] };
};

export type Circumstances = {
  readonly dateSource: Policy['dateSource'];
  readonly now: Instant;
  readonly behindOf: (state: TagState) => Behind;
  readonly judgeClaims: JudgeClaims;
  /** What the indexes among these list, at any depth. */
  readonly platformsOf: (images: Iterable<string>) => ReadonlySet<string>;
  /** A manifest, and the platforms of an index. */
  readonly imagesOf: (whole: Manifest) => readonly Manifest[];
};

/**
 * The cases of one rule in one repository. They are ranked together, so all of them must be here. What a case comes to
 * between here and its verdict is made when it is needed, and twice, rather than held for 100,000 of them.
 */
export function* judge<Each extends Case>(
  rule: Rule,
  cases: readonly Each[],
  around: Circumstances,
): Iterable<readonly [Each, Verdict]> {
  const rankings = {
    all: rank(entriesOf(cases, around, seriesOf), around.platformsOf),
    living: rank(rule.keepLastLive === undefined ? [] : entriesOf(cases, around, liveSeriesOf), around.platformsOf),
  };
  for (const each of cases) yield [each, judgeTag(rule, each, rankings, around)];
}

type Rankings = {
  readonly all: Ranking;
  /** Within each pull request or branch: for keep-last-live. */
  readonly living: Ranking;
};

/** The cases as the ranking sees them. */
function* entriesOf(cases: readonly Case[], around: Circumstances, series: typeof seriesOf): Iterable<Entry> {
  for (const each of cases) {
    const behind = around.behindOf(each.state);
    // What only speaks of another image displaces none.
    const counts =
      behind.kind === 'image' && behind.manifest.subject === undefined && behind.manifest.attests === undefined;
    const date = dateOf(behind, around.dateSource, around.now);
    yield { image: imageOf(each.tag, behind), counts, standings: standingsOf(each, date, series) };
  }
}

function imageOf(tag: Tag, behind: Behind): string {
  return behind.kind === 'image' ? behind.digest : tag;
}

function standingsOf({ governance }: Case, date: Dated | Dateless, series: typeof seriesOf): readonly Standing[] {
  const at = date.kind === 'known' ? date.at : undefined;
  return governance.readings.map((reading) => standingOf(reading, at, series));
}

/** A tag goes only if no reading of it keeps it. */
function judgeTag(rule: Rule, each: Case, rankings: Rankings, around: Circumstances): Verdict {
  const { readings } = each.governance;
  const behind = around.behindOf(each.state);
  const date = dateOf(behind, around.dateSource, around.now);
  const dated = { tag: each.tag, behind, date };
  const findings = readings.map((reading) => judgeReading(rule, dated, reading, rankings, around));
  const keeping = findings.filter((found) => found.kind === 'keeps');
  const lettingGo = findings.filter((found) => found.kind === 'lets-go');
  const [keeper] = keeping;
  if (keeper !== undefined) {
    const ambiguous: Evidence = { kind: 'ambiguous', readings: [...new Set(readings.map(describe))] };
    if (lettingGo.length > 0) return { verdict: 'keep', because: [ambiguous, ...keeper.evidence] };
    return {
      verdict: 'keep',
      because: isOnePlace(standingsOf(each, date, seriesOf)) ? keeper.evidence : [...keeper.evidence, ambiguous],
    };
  }
  const ghost: readonly Evidence[] = behind.kind === 'ghost' ? [behind] : [];
  const evidence = [...ghost, ...lettingGo.flatMap((found) => found.evidence)];
  // The conditions of one reading differ.
  const [first = everyMatch, ...others] = readings.length > 1 ? distinct(evidence) : evidence;
  return { verdict: 'delete', because: [first, ...others] };
}

type DatedCase = { readonly tag: Tag; readonly behind: Behind; readonly date: Dated | Dateless };

/** The first condition that keeps, else all that the rule asked. */
function judgeReading(
  rule: Rule,
  each: DatedCase,
  reading: Reading,
  rankings: Rankings,
  around: Circumstances,
): Finding {
  const { keepLast, keepLastLive } = rule;
  const image = imageOf(each.tag, each.behind);
  const findings = [
    ...around.judgeClaims(rule, reading, (claim) => {
      // What is alive keeps its ghosts, too: another server of the same storage may see what is behind them.
      if (keepLastLive === undefined || each.behind.kind === 'ghost') return finding(false, claim);
      if (keepLastLive === 0) return because(claim, finding(true, { ...everyMatch, ...living }));
      const place = rankings.living(image, liveSeriesOf(reading));
      return because(claim, judgeRank(keepLastLive, each, reading, place, living));
    }),
    each.behind.kind === 'image' ? judgeSource(rule, around.imagesOf(each.behind.manifest)) : notAsked,
    judgeRank(keepLast, each, reading, rankings.all(image, seriesOf(reading))),
    judgeAge({
      limitSeconds: rule.olderThanSeconds,
      inTag: reading.date,
      behind: each.behind,
      date: each.date,
      now: around.now,
    }),
  ];
  const keeper = findings.find((found) => found.kind === 'keeps');
  if (keeper !== undefined) return keeper;
  const asked = findings.filter((found) => found.evidence.length > 0);
  return asked.length === 1 && asked[0]
    ? asked[0]
    : { kind: 'lets-go', evidence: asked.flatMap((found) => found.evidence) };
}

/** Tells the rank of keep-last-live from that of keep-last. */
const living = { live: true } as const;

/** keep-last. A ghost has the place that its name gives it, and none where images are ordered by their dates. */
function judgeRank(
  keepLast: number,
  each: DatedCase,
  reading: Reading,
  found: Place | undefined,
  mark: { readonly live?: true } = {},
): Finding {
  const { date } = each;
  if (keepLast === 0 || (reading.order.length === 0 && date.kind === 'ghost')) return notAsked;
  // Undated, or (by push time) another tag of the same image is: then the newest of its tags isn't known.
  if (found === undefined) return finding(false, date.kind === 'known' ? undatedSibling : date);
  return finding(found.position > keepLast, {
    kind: 'rank',
    position: found.position,
    of: found.of,
    keepLast,
    by: reading.order[0]?.kind ?? 'created',
    value: textOf(found.key),
    group: reading.group,
    prerelease: isPrerelease(reading),
    ...mark,
  });
}

/** The very text of a single one: a copy for each of 100,000 tags would be some megabytes. */
function textOf(key: Key): string {
  const [only] = key;
  return only !== undefined && key.length === 1 ? only.text : key.map(({ text }) => text).join(' ');
}

const undatedSibling: Evidence = { kind: 'undated', created: { kind: 'unknown', why: 'push-unknown' } };

/** For `keep-last: 0` alone, which deletes every match and so gives no tag a position. */
const everyMatch: Evidence = {
  kind: 'rank',
  position: 0,
  of: 0,
  keepLast: 0,
  by: 'created',
  value: '',
  group: [],
  prerelease: false,
};

/** Several readings often give the same evidence. */
function distinct(evidence: readonly Evidence[]): readonly Evidence[] {
  return [...new Map(evidence.map((each) => [JSON.stringify(each), each])).values()];
}

function describe({ pattern, order, group, pr, branch }: Reading): string {
  // Readings that differ have a value that differs, so there is one.
  const values = [...order.map(({ text }) => text), ...group, pr, branch].filter((value) => value !== undefined);
  return `${pattern}: ${values.join(', ')}`;
}
