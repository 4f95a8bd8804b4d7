/**
 * keep-last, the ranking core: images in series, each with a place in it.
 *
 * One sentence does the work: the position of an image is 1 + how many **counted** images of its series are newer, and
 * it survives if that is at most N. So ties with the Nth survive, what isn't counted survives where it is as new as the
 * Nth, and a series without any counted image loses nothing.
 *
 * Not to count an image can only save others, never delete one. That settles every doubt: a tag that can be read in
 * several places takes none, for it would displace others on a guess; neither does an image without a date, nor what may
 * be no image. For itself a tag that can be read in several places stands as high as the best of them.
 */
import type { Instant } from '../model/index.ts';
import { compareOrder, type OrderKey, type Reading } from '../pattern/index.ts';

export type Key = readonly OrderKey[];

/** Where a tag stands by one reading of it. */
export type Standing = {
  /** Equal for tags that are counted together. */
  readonly series: string;
  /** `undefined`: what it would be ordered by isn't known. */
  readonly key: Key | undefined;
};

/** One tag, as the ranking sees it. */
export type Entry = {
  /** Tags with the same text here are one image. */
  readonly image: string;
  /** Whether its image may displace others. */
  readonly counts: boolean;
  /** By each reading. */
  readonly standings: readonly Standing[];
};

export type Place = {
  /** 1 is the newest; equals share one. */
  readonly position: number;
  /** The counted images, and this one with them. */
  readonly of: number;
  /** What was compared: the newest of the image's tags in the series. */
  readonly key: Key;
};

/** An image's place in a series; `undefined` where one of its tags there has no known key. */
export type Ranking = (image: string, series: string) => Place | undefined;

/** Prereleases are counted apart from releases. */
export function isPrerelease(reading: Reading): boolean {
  return reading.order.some((key) => key.kind === 'version' && key.prerelease.length > 0);
}

/** The series that a reading puts its tag into. All patterns of a rule order by the same kinds, so all can be compared. */
export function seriesOf(reading: Reading): string {
  if (reading.group.length > 0) return JSON.stringify([isPrerelease(reading), reading.group]);
  return isPrerelease(reading) ? ungrouped.prereleases : ungrouped.others;
}

/** One text for all of them, and not one for each of 100,000 tags. */
const ungrouped = { prereleases: JSON.stringify([true, []]), others: JSON.stringify([false, []]) };

/** The same among the tags of one pull request or branch. */
export function liveSeriesOf(reading: Reading): string {
  return JSON.stringify([reading.pr, reading.branch, seriesOf(reading)]);
}

/** By the reading's own order, else by the date of what is behind the tag. */
export function standingOf(reading: Reading, date: Instant | undefined, series: typeof seriesOf): Standing {
  const byDate: Key | undefined = date && [{ kind: 'date', text: date, at: date }];
  return { series: series(reading), key: reading.order.length > 0 ? reading.order : byDate };
}

/**
 * Ranks the images of one rule in one repository. An image's place is that of its newest tag. `partsOf` names those
 * that are only parts of others: they aren't counted, whether the whole is or not.
 */
export function rank(entries: Iterable<Entry>, partsOf: (images: Iterable<string>) => ReadonlySet<string>): Ranking {
  const ranked = new Map([...collect(entries)].map(([name, series]) => [name, placesIn(series, partsOf)]));
  return (image, series) => ranked.get(series)?.(image);
}

type Series = {
  readonly newest: Map<string, Key>;
  /**
   * By the tags that take a place, for the few images of which another tag takes none; `undefined` where none of them does.
   * Every other image is counted by its newest tag, and a second map of all of them would say nothing more.
   */
  readonly countedBy: Map<string, Key | undefined>;
  readonly undated: Set<string>;
};

function collect(entries: Iterable<Entry>): ReadonlyMap<string, Series> {
  const found = new Map<string, Series>();
  for (const { image, counts, standings } of entries) {
    const takesPlace = counts && isOnePlace(standings);
    for (const { series: name, key } of standings) {
      const series: Series = found.get(name) ?? { newest: new Map(), countedBy: new Map(), undated: new Set() };
      found.set(name, series);
      if (key === undefined) {
        series.undated.add(image);
        continue;
      }
      if (!takesPlace && !series.countedBy.has(image)) series.countedBy.set(image, series.newest.get(image));
      if (takesPlace && series.countedBy.has(image)) raise(series.countedBy, image, key);
      raise(series.newest, image, key);
    }
  }
  return found;
}

/** Whether a tag has one place, by whichever reading. */
export function isOnePlace(standings: readonly Standing[]): boolean {
  return standings.every(
    ({ series, key }, _, [first]) => series === first?.series && compareOrder(key ?? [], first.key ?? []) === 0,
  );
}

function raise(keys: Map<string, Key | undefined>, image: string, key: Key): void {
  const before = keys.get(image);
  if (before === undefined || compareOrder(key, before) > 0) keys.set(image, key);
}

function placesIn(
  { newest, countedBy, undated }: Series,
  partsOf: (images: Iterable<string>) => ReadonlySet<string>,
): (image: string) => Place | undefined {
  const parts = partsOf(all(newest.keys(), undated));
  for (const image of undated) newest.delete(image);
  const counted = (image: string): Key | undefined =>
    parts.has(image) ? undefined : countedBy.has(image) ? countedBy.get(image) : newest.get(image);
  const ahead: Key[] = [];
  for (const image of newest.keys()) {
    const key = counted(image);
    if (key !== undefined) ahead.push(key);
  }
  ahead.sort((a, b) => compareOrder(b, a));
  return (image) => {
    const key = newest.get(image);
    if (key === undefined) return undefined;
    return { position: 1 + countNewer(ahead, key), of: ahead.length + (counted(image) === undefined ? 1 : 0), key };
  };
}

function* all<Item>(...lists: readonly Iterable<Item>[]): Iterable<Item> {
  for (const list of lists) yield* list;
}

/** How many of the keys, newest first, are newer than this one: by halves. */
function countNewer(keys: readonly Key[], than: Key): number {
  let [from, to] = [0, keys.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    const key = keys[middle];
    if (key !== undefined && compareOrder(key, than) > 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
