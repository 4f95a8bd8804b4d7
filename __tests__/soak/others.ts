/** Somebody else at work while the program runs: at random requests they push, move and delete tags. */
import { PushError, pushIndex, tag, type Pushed } from '../../sandbox/push.ts';
import type { RequestMatch } from '../../sandbox/registry.ts';
import { pushRandomImage, tagName, type Scene } from './content.ts';
import { contentOf, isPlaceholder, type Truth } from './truth.ts';

/** What they did, and when. */
export type Deed = {
  readonly repository: string;
  readonly tag: string;
  /** `undefined`: they deleted it. */
  readonly digest: string | undefined;
  /** The program had listed the tags for the last time before it deletes: it may learn of this too late. */
  readonly late: boolean;
};

/** Lets them act at up to three requests of the next run; `stop` after it. Deeds and truth tell what came of it. */
export function letOthersIn(
  scene: Scene,
  pushed: readonly Pushed[],
  truth: Truth,
): { readonly deeds: readonly Deed[]; stop(): void } {
  const { registry, repository, random } = scene;
  const deeds: Deed[] = [];
  let live = true;
  const listed = new RegExp(`^/v2/${repository}/tags/list`);

  const act = async (): Promise<void> => {
    if (!live) return;
    const listings = registry.requests.filter(({ path, status }) => listed.test(path) && status === 200);
    const late = listings.length >= 2;
    const name = random.chance(0.6) ? (random.any([...truth.tags.keys()]) ?? tagName(random)) : tagName(random);
    const place = { repository, tags: [name] };
    const old = random.any(pushed);
    try {
      await random.pick<() => Promise<unknown>>([
        () => pushRandomImage(scene, [name]),
        () => (old === undefined ? Promise.resolve() : tag(registry, old, name)),
        () => (old === undefined ? Promise.resolve() : pushIndex(registry, { ...place, children: [old] })),
        () => Promise.resolve(registry.store.removeTag(repository, name)),
      ])();
    } catch (error) {
      // What they build upon is gone already: the registry refuses, and nothing has happened.
      if (!(error instanceof PushError)) throw error;
      return;
    }
    const digest = registry.store.tags(repository).get(name);
    if (digest === truth.tags.get(name)) return;
    if (digest === undefined) truth.tags.delete(name);
    else truth.tags.set(name, digest);
    for (const [each, { bytes }] of registry.store.manifests(repository)) {
      const content = contentOf(bytes);
      // The program's own, put there for a moment.
      if (!isPlaceholder(content)) truth.manifests.set(each, content);
    }
    deeds.push({ repository, tag: name, digest, late });
  };

  const moments: readonly [() => RequestMatch, ...(() => RequestMatch)[]] = [
    () => ({ path: /./, nth: random.between(1, 120) }),
    () => ({ path: new RegExp(`^/v2/${repository}/`), nth: random.between(10, 80) }),
    () => ({ method: 'DELETE', path: new RegExp(`^/v2/${repository}/`), nth: random.between(1, 8) }),
    () => ({ method: 'PUT', path: new RegExp(`^/v2/${repository}/manifests/`), nth: random.between(1, 4) }),
    () => ({ path: listed, nth: random.between(2, 4) }),
  ];
  for (let count = random.between(1, 3); count > 0; count -= 1) registry.before(random.pick(moments)(), act);
  return {
    deeds,
    stop: () => {
      live = false;
    },
  };
}
