/**
 * Attachments: signatures, attestations and SBOMs whose tags name their subject's digest. They go with their subject and
 * stay with it, so they are settled last, when it is known what else goes.
 */
import { attachments, reach, type Digest, type Snapshot, type Tag } from '../model/index.ts';

export type Attachment = { readonly tag: Tag; readonly of: Digest };

export type Verdicts = {
  readonly kept: readonly Tag[];
  readonly doomed: readonly Tag[];
  readonly untagged: readonly Digest[];
  readonly attachments: readonly Attachment[];
};

export type Settled = {
  /** The attachments that stay. */
  readonly staying: ReadonlySet<Tag>;
  /** Whether a manifest goes, now that everything is settled. */
  readonly goes: (digest: Digest) => boolean;
};

/**
 * An attachment goes only if its subject was seen, goes with a doomed tag, and is held by nothing that stays. All others
 * stay, and what they hold may make more of them stay: so it is asked again until nothing changes. Each round keeps
 * more than the one before, so there is a last one.
 *
 * It isn't enough that nothing kept holds the subject: an image without a tag may be pulled by its digest, and nobody
 * deletes it here. So all that no doomed tag leads to counts as staying, and so does all that could not be read; but for
 * the untagged manifests that are to go as well.
 */
export function settleAttachments(snapshot: Snapshot, verdicts: Verdicts): Settled {
  const { kept, doomed, untagged, attachments: candidates } = verdicts;
  const going = goingWith(snapshot, doomed);
  const mayGo = new Set(untagged);
  const untouched = [...snapshot.manifests.keys()].filter((digest) => !going.has(digest) && !mayGo.has(digest));
  const staying = new Set<Tag>();
  for (;;) {
    const held = reach(snapshot, { tags: [...kept, ...staying], digests: untouched });
    const goes = (digest: Digest): boolean => going.has(digest) && !held.opaque && !held.digests.has(digest);
    const more = candidates.filter(({ tag, of }) => !staying.has(tag) && !goes(of));
    if (more.length === 0) return { staying, goes };
    for (const { tag } of more) staying.add(tag);
  }
}

/** What goes with these tags if nothing holds it: their manifests, platforms and attachments, at any depth. */
function goingWith(snapshot: Snapshot, doomed: readonly Tag[]): ReadonlySet<Digest> {
  const behind = (tag: Tag): readonly Digest[] => {
    const state = snapshot.tags.get(tag);
    return state?.kind === 'points' ? [state.digest] : [];
  };
  const attached = attachments(snapshot);
  const going = new Set<Digest>();
  const waiting = doomed.flatMap(behind);
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    const manifest = snapshot.manifests.get(digest);
    if (manifest === undefined || manifest.kind === 'opaque' || going.has(digest)) continue;
    going.add(digest);
    const { tags = [], digests = [] } = attached.get(digest) ?? {};
    waiting.push(...manifest.children, ...digests, ...tags.flatMap(behind));
  }
  return going;
}
