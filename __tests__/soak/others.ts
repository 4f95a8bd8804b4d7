/** Somebody else at work while the program runs: at random requests they push, move and delete tags. */
import { PushError, pushIndex, tag, type Pushed } from '../../sandbox/push.ts';
import type { RecordedRequest, RequestMatch } from '../../sandbox/registry.ts';
import type { Relay } from '../../sandbox/relay.ts';
import { pushRandomImage, tagName, type Scene } from './content.ts';
import { below, contentOf, isPlaceholder, type Truth } from './truth.ts';

/** What they did, and when. */
export type Deed = {
  readonly repository: string;
  readonly tag: string;
  /** `undefined`: they deleted it. */
  readonly digest: string | undefined;
  /** The program writes after it, and doesn't list the tags before that: it learns of this too late. */
  readonly late: boolean;
  /** What it takes to pull it and was gone when they pushed it. */
  readonly without: ReadonlySet<string>;
  /** The request right before which it was done. */
  readonly before: string;
  /** The program had listed the tags for the last time before its first deletion: it may say that something is amiss. */
  readonly meanwhile: boolean;
};

type Done = Omit<Deed, 'late' | 'meanwhile' | 'before'> & {
  /** The place among the program's requests of the one right before which it was done. */
  readonly at: number;
};

/** Lets them act at up to three requests of the next run; `stop` after it tells what they did, and the truth what came of it. */
export function letOthersIn(
  scene: Scene,
  { pushed, truth, relay }: { readonly pushed: readonly Pushed[]; readonly truth: Truth; readonly relay: Relay },
): () => readonly Deed[] {
  const { registry, repository, random } = scene;
  const done: Done[] = [];
  let live = true;

  const act = async (): Promise<void> => {
    if (!live) return;
    const at = relay.requests.length - 1;
    const name = random.chance(0.6) ? (random.any([...truth.tags.keys()]) ?? tagName(random)) : tagName(random);
    const place = { repository, tags: [name] };
    const old = random.any(pushed);
    const target = registry.store.tags(repository).get(name);
    try {
      await random.pick<() => Promise<unknown>>([
        () => pushRandomImage(scene, [name]),
        () => (old === undefined ? Promise.resolve() : tag(registry.direct, old, name)),
        () => (old === undefined ? Promise.resolve() : pushIndex(registry.direct, { ...place, children: [old] })),
        () => Promise.resolve(registry.store.removeTag(repository, name)),
      ])();
    } catch (error) {
      // What they build upon is gone already: the registry refuses, and nothing has happened.
      if (!(error instanceof PushError)) throw error;
      return;
    }
    const digest = registry.store.tags(repository).get(name);
    // As it was. What the program had deleted and is there again has changed.
    if (digest === target) return;
    if (digest === undefined) truth.tags.delete(name);
    else truth.tags.set(name, digest);
    for (const [each, { bytes }] of registry.store.manifests(repository)) {
      const content = contentOf(bytes);
      // The program's own, put there for a moment.
      if (!isPlaceholder(content)) truth.manifests.set(each, content);
    }
    const parts = digest === undefined ? [] : below(truth.manifests, digest);
    const isThere = (part: string): boolean =>
      registry.store.manifest(repository, part) !== undefined || registry.store.hasBlob(repository, part);
    const without = new Set([...parts].filter((part) => !isThere(part)));
    done.push({ repository, tag: name, digest, at, without });
  };

  const listed = listOf(repository);
  const moments: readonly [() => RequestMatch, ...(() => RequestMatch)[]] = [
    () => ({ path: /./, nth: random.between(1, 80) }),
    () => ({ path: new RegExp(`^/v2/${repository}/`), nth: random.between(5, 60) }),
    () => ({ method: 'DELETE', path: new RegExp(`^/v2/${repository}/`), nth: random.between(1, 8) }),
    () => ({ method: 'PUT', path: new RegExp(`^/v2/${repository}/manifests/`), nth: random.between(1, 4) }),
    () => ({ path: listed, nth: random.between(2, 4) }),
  ];
  for (let count = random.between(1, 3); count > 0; count -= 1) registry.before(random.pick(moments)(), act);
  return () => {
    live = false;
    return done.map(({ at, ...deed }) => ({
      ...deed,
      late: isLate(relay, repository, at),
      before: `${relay.requests[at]?.method ?? ''} ${relay.requests[at]?.path ?? ''}`,
      meanwhile: relay.requests.slice(0, at).filter(({ path }) => listed.test(path)).length >= 2,
    }));
  };
}

const listOf = (repository: string): RegExp => new RegExp(`^/v2/${repository}/tags/list`);

/** Whether the first request from that one on that lists the tags or writes is one that writes. */
function isLate({ requests, faults }: Relay, repository: string, from: number): boolean {
  const broken = new Set<RecordedRequest>(faults.map(({ request }) => request));
  const manifests = `/v2/${repository}/manifests/`;
  // The program asks first whether anything can be deleted, with a digest and a tag that nothing has.
  const probe = requests.find(({ method, path }) => method === 'DELETE' && path.startsWith(`${manifests}sha256:`));
  const writes = ({ method, path }: RecordedRequest): boolean =>
    (method === 'PUT' || method === 'DELETE') &&
    path.startsWith(manifests) &&
    path !== probe?.path &&
    !path.includes('/registry-prune-probe-');
  const next = requests
    .slice(Math.max(0, from))
    .find((each) => writes(each) || (listOf(repository).test(each.path) && each.status === 200 && !broken.has(each)));
  return next !== undefined && writes(next);
}
