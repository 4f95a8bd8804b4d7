/** Untagged manifests that are to go, at random: a plan must be harmless whatever is wished for. */
import fc from 'fast-check';
import type { Digest, Instant, Snapshot } from '../../src/model/index.ts';
import type { UntaggedWish } from '../../src/plan/index.ts';
import { digestOf, instantOf } from './names.ts';

/** As a policy has them: manifests that the storage links, with their own times. Of each twice as often as not. */
export function soundWishes(snapshot: Snapshot): fc.Arbitrary<readonly UntaggedWish[]> {
  const known = [...(snapshot.revisions ?? [])].flatMap(([digest, revisedAt]) =>
    revisedAt === undefined ? [] : { digest, because: { revisedAt } },
  );
  return fc
    .array(fc.nat(2), { minLength: known.length, maxLength: known.length })
    .map((rolls) => known.filter((_, place) => rolls[place] !== 0));
}

/** And whatever else may be said: times that aren't theirs, manifests that nobody knows, tagged ones, one of them twice. */
export function anyWishes(snapshot: Snapshot): fc.Arbitrary<readonly UntaggedWish[]> {
  const digest = fc.constantFrom<Digest[]>(...snapshot.manifests.keys(), digestOf(2999));
  const revisedAt: fc.Arbitrary<Instant> = fc.nat(9).map((hour) => instantOf(`2026-10-01T0${hour}:00:00.000Z`));
  const wish = fc.record({ digest, because: fc.record({ revisedAt }) });
  return fc
    .tuple(soundWishes(snapshot), fc.array(wish, { maxLength: 4 }))
    .map(([sound, other]) => [...sound, ...other]);
}
