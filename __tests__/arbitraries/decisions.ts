/** Verdicts at random: a plan must be harmless whatever was decided. */
import fc from 'fast-check';
import { attachmentSubject, type Decision, type Digest, type Snapshot, type Tag } from '../../src/model/index.ts';

function decision(snapshot: Snapshot, tag: Tag, verdict: Decision['verdict']): Decision {
  const state = snapshot.tags.get(tag);
  const subject = attachmentSubject(tag);
  return {
    tag,
    verdict,
    because: [subject === undefined ? { kind: 'no-rule' } : { kind: 'attachment', of: subject }],
    image: 'unknown',
    ...(state?.kind === 'points' ? { digest: state.digest } : {}),
    ...(subject === undefined ? { rule: 'at random' } : {}),
  };
}

/** Any verdict on any tag: attachments' and unreadable ones' too, which no policy would give. */
export function anyDecisions(snapshot: Snapshot): fc.Arbitrary<readonly Decision[]> {
  const tags = [...snapshot.tags.keys()];
  return fc
    .array(fc.nat(2), { minLength: tags.length, maxLength: tags.length })
    .map((rolls) => tags.map((tag, index) => decision(snapshot, tag, rolls[index] === 0 ? 'keep' : 'delete')));
}

/**
 * Verdicts as a policy gives them: at random on tags that are governed and could be read; an attachment goes if and only
 * if nothing that is kept reaches its subject. Told from below, so that it shares nothing with `reach`.
 */
export function soundDecisions(snapshot: Snapshot): fc.Arbitrary<readonly Decision[]> {
  return anyDecisions(snapshot).map((decisions) => {
    const governed = decisions.map((given): Decision =>
      snapshot.tags.get(given.tag)?.kind === 'unreadable' ? { ...given, verdict: 'keep' } : given,
    );
    const kept = new Set<Digest>();
    for (const { tag, digest, verdict } of governed)
      if (verdict === 'keep' && attachmentSubject(tag) === undefined && digest !== undefined) kept.add(digest);
    // A set hands out what is added to it while it is being walked.
    for (const digest of kept) for (const next of neighbours(snapshot, digest)) kept.add(next);
    return governed.map((given): Decision => {
      const subject = attachmentSubject(given.tag);
      if (subject === undefined) return given;
      return { ...given, verdict: kept.has(subject) ? 'keep' : 'delete' };
    });
  });
}

function neighbours(snapshot: Snapshot, digest: Digest): readonly Digest[] {
  const manifest = snapshot.manifests.get(digest);
  const down =
    manifest === undefined || manifest.kind === 'opaque'
      ? []
      : [...manifest.children, ...(manifest.subject === undefined ? [] : [manifest.subject])];
  const attached = [...snapshot.tags].flatMap(([tag, state]) =>
    attachmentSubject(tag) === digest && state.kind === 'points' ? [state.digest] : [],
  );
  const referring = [...snapshot.manifests.values()].flatMap((other) =>
    other.kind !== 'opaque' && (other.subject === digest || other.attests === digest) ? [other.digest] : [],
  );
  return [...down, ...attached, ...referring, ...(snapshot.referrers.get(digest) ?? [])];
}
