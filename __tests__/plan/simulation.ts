/** The least of a registry that steps can be tried on: what a DELETE takes along is all that matters. */
import type { Digest, Snapshot, Step, Tag } from '../../src/model/index.ts';

export type Store = {
  /** `undefined`: a ghost. */
  readonly tags: ReadonlyMap<Tag, Digest | undefined>;
  readonly manifests: ReadonlySet<Digest>;
};

export function storeOf(snapshot: Snapshot): Store {
  return {
    tags: new Map([...snapshot.tags].map(([tag, state]) => [tag, state.kind === 'points' ? state.digest : undefined])),
    manifests: new Set(snapshot.manifests.keys()),
  };
}

/** Does what distribution does, and throws where a step expects what isn't so or names tags that would not go with it. */
export function carryOut(store: Store, steps: readonly Step[]): Store {
  const tags = new Map(store.tags);
  const manifests = new Set(store.manifests);
  const expectAt = (tag: Tag, digest: Digest | undefined): void => {
    if (!tags.has(tag) || tags.get(tag) !== digest) throw new Error(`${tag} is not at ${digest ?? 'nothing'}`);
  };
  for (const step of steps)
    switch (step.kind) {
      case 'delete-tag':
        expectAt(step.tag, step.expect);
        tags.delete(step.tag);
        break;
      case 'cover-tags':
        if (step.tags.length === 0 || step.tags.length > 100) throw new Error(`${step.tags.length} tags are covered`);
        for (const { tag, expect } of step.tags) expectAt(tag, expect);
        for (const { tag } of step.tags) tags.delete(tag);
        break;
      case 'delete-manifest': {
        if (!manifests.delete(step.digest)) throw new Error(`${step.digest} is not there`);
        const along = [...tags].filter(([, digest]) => digest === step.digest).map(([tag]) => tag);
        if (along.sort().join() !== [...step.tags].sort().join())
          throw new Error(`${step.digest} takes ${along.join()} along, not ${step.tags.join()}`);
        for (const tag of along) tags.delete(tag);
        break;
      }
      case 'unlink-revision':
        if (!manifests.delete(step.digest)) throw new Error(`${step.digest} is not there`);
        if ([...tags.values()].includes(step.digest)) throw new Error(`${step.digest} has a tag`);
        break;
    }
  return { tags, manifests };
}
