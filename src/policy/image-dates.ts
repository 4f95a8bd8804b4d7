/** The dates that rules go by, for whoever shows them. */
import { attachmentSubject, type Instant, type Snapshot, type Tag } from '../model/index.ts';
import { dateOf } from './age.ts';
import { lookBehind } from './behind.ts';
import type { Policy } from './rule.ts';

/**
 * Answers when the image of a tag was made or, by `source`, pushed; `undefined` where that is not known, was not asked, or
 * where no image is behind the tag: a signature has a date of its own that says nothing of what it signs.
 */
export function imageDates(
  snapshot: Snapshot,
  source: Policy['dateSource'],
  now: Instant,
): (tag: Tag) => Instant | undefined {
  return (tag) => {
    const state = snapshot.tags.get(tag);
    if (state === undefined || attachmentSubject(tag) !== undefined) return undefined;
    const behind = lookBehind(snapshot, state);
    if (behind.kind !== 'image' || (behind.manifest.kind !== 'image' && behind.manifest.kind !== 'index'))
      return undefined;
    const date = dateOf(behind, source, now);
    return date.kind === 'known' ? date.at : undefined;
  };
}
