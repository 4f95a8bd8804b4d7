/** Dates of images, and older-than. */
import { secondsOf, type Created, type Evidence, type Instant } from '../model/index.ts';
import type { DateKey } from '../pattern/index.ts';
import type { Behind } from './behind.ts';
import { finding, notAsked, type Finding } from './finding.ts';
import type { Policy } from './rule.ts';

export type Dated = Extract<Created, { readonly kind: 'known' }>;
/** Why there is no date to go by, as evidence. */
export type Dateless = Extract<Evidence, { readonly kind: 'undated' | 'unreadable' | 'ghost' }>;

/** The date of what is behind a tag, if there is one that can be believed. */
export function dateOf(behind: Behind, source: Policy['dateSource'], now: Instant): Dated | Dateless {
  if (behind.kind !== 'image') return behind;
  const created = source === 'pushed' ? pushed(behind.pushedAt) : behind.manifest.created;
  if (created.kind === 'unknown') return { kind: 'undated', created };
  if (created.at > now) return { kind: 'undated', created: { kind: 'unknown', why: 'in-the-future' } };
  return created;
}

function pushed(at: Instant | undefined): Created {
  return at === undefined ? { kind: 'unknown', why: 'push-unknown' } : sighting(at);
}

function sighting(at: Instant): Dated {
  return { kind: 'known', at, source: 'push' };
}

/**
 * older-than: the age is that of the date in the tag, else of the image's, but no tag is older than its known push or
 * its first sighting, so that an old image mirrored or rolled back today doesn't go tonight. Equal is not older. A
 * ghost has no age but the one in its name.
 */
export function judgeAge(asked: {
  readonly limitSeconds: number | undefined;
  readonly inTag: DateKey | undefined;
  readonly behind: Behind;
  readonly date: Dated | Dateless;
  readonly now: Instant;
}): Finding {
  const { limitSeconds, inTag, behind, now } = asked;
  if (limitSeconds === undefined) return notAsked;
  const date = inTag === undefined ? asked.date : ({ kind: 'in-tag', at: inTag.at } as const);
  if (date.kind === 'ghost') return notAsked;
  if (date.kind === 'undated' || date.kind === 'unreadable') return finding(false, date);
  const sightings = behind.kind === 'image' ? [behind.pushedAt, behind.firstSeen] : [];
  const from = sightings
    .filter((at) => at !== undefined)
    .map(sighting)
    .reduce((newest: typeof date, seen) => (seen.at > newest.at ? seen : newest), date);
  const seconds = secondsOf(now) - secondsOf(from.at);
  return finding(seconds > limitSeconds, {
    kind: 'age',
    seconds,
    limitSeconds,
    from: from.kind === 'in-tag' ? 'tag' : from,
  });
}
