/**
 * What removing costs, in milliseconds, measured on distribution with its filesystem driver on 2 cores over loopback.
 * Only the order of the results matters; what every way pays alike (the HEAD before, the journal) is left out.
 */

/** A DELETE by tag: 3,600 in 7.4 s (3.1.1). It doesn't depend on how many tags the repository has. */
const deleteTagMs = 2;
/** A placeholder's PUT on one tag: 3,600 in 16 s (2.8.3). */
const coverTagMs = 4.5;
/**
 * A DELETE by digest reads the link of every tag that the repository has at that moment, to find those to untag:
 * 147 ms with 4,000 tags (2.8.3), which is 37 µs each. With 1,000 it was 23 ms, a little less.
 */
const readTagLinkMs = 0.037;
/** What a DELETE by digest costs beside that: as much as one by tag, which does the rest of the same work. */
const deleteDigestMs = 2;

/** How many tags share one placeholder: few, since a tag pushed over it before its DELETE ends is lost with it. */
export const coverBatch = 100;

export type Work = {
  /** Tags of the repository before anything is done. */
  readonly tagsSeen: number;
  /** Manifests that go. */
  readonly manifests: number;
  /** Doomed tags on those: they can go along with a DELETE by digest. */
  readonly along: number;
  /** Doomed tags whose manifest stays, and ghosts: they must be removed one by one, whatever way is taken. */
  readonly alone: number;
  readonly by: 'tag' | 'placeholder';
};

/** Remove only the tags that must go alone, then each manifest by digest with its tags. */
export function costOfDigests({ tagsSeen, manifests, along, alone, by }: Work): number {
  // The tags go away evenly while the manifests do: half of them are still there on average.
  return removeTags(alone, tagsSeen, by) + deleteDigests(manifests, tagsSeen - alone - along / 2);
}

/** Remove every doomed tag first, so that each DELETE by digest after it reads only the links of what is kept. */
export function costOfTagsFirst({ tagsSeen, manifests, along, alone, by }: Work): number {
  const doomed = along + alone;
  return removeTags(doomed, tagsSeen, by) + deleteDigests(manifests, tagsSeen - doomed);
}

function removeTags(count: number, tagsSeen: number, by: Work['by']): number {
  if (by === 'tag') return count * deleteTagMs;
  return count * coverTagMs + deleteDigests(Math.ceil(count / coverBatch), tagsSeen - count / 2);
}

function deleteDigests(count: number, tagsThen: number): number {
  return count * (deleteDigestMs + readTagLinkMs * tagsThen);
}
