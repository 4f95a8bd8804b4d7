/** Who is next: one line for each repository, and the lines in turn. Pure but for its own state. */

type Link<T> = { readonly value: T; next?: Link<T> };

type Queue<T> = {
  readonly isEmpty: boolean;
  put(value: T): void;
  take(): T | undefined;
};

// Linked, since a repository of 100,000 tags puts 100,000 requests in line, and Array.shift moves what is behind.
function makeQueue<T>(): Queue<T> {
  let first: Link<T> | undefined;
  let last: Link<T> | undefined;
  return {
    get isEmpty() {
      return first === undefined;
    },
    put(value) {
      const link: Link<T> = { value };
      if (last === undefined) first = link;
      else last.next = link;
      last = link;
    },
    take() {
      const taken = first;
      if (taken === undefined) return undefined;
      first = taken.next;
      if (first === undefined) last = undefined;
      // Else a link that grew old while it waited would keep all that came after it from being collected.
      delete taken.next;
      return taken.value;
    },
  };
}

export type Lanes<T> = {
  put(lane: string, value: T): void;
  /** The oldest of the lane whose turn it is; that lane's next one comes after one of every other lane. */
  take(): T | undefined;
  readonly isEmpty: boolean;
};

/** Each lane is served in its own order, and all of them by turns. `put` and `take` cost the same whatever waits. */
export function makeLanes<T>(): Lanes<T> {
  type Lane = { readonly name: string; readonly queue: Queue<T> };
  const lanes = new Map<string, Lane>();
  const turns = makeQueue<Lane>();
  return {
    get isEmpty() {
      return turns.isEmpty;
    },
    put(name, value) {
      let lane = lanes.get(name);
      if (lane === undefined) {
        lane = { name, queue: makeQueue() };
        lanes.set(name, lane);
        turns.put(lane);
      }
      lane.queue.put(value);
    },
    take() {
      const lane = turns.take();
      if (lane === undefined) return undefined;
      const value = lane.queue.take();
      if (lane.queue.isEmpty) lanes.delete(lane.name);
      else turns.put(lane);
      return value;
    },
  };
}

/**
 * The repository that a request is for, as far as its path says: `/v2/<name>/manifests/…`. '' for all the others
 * (catalog, tokens, storages), which share a lane. Only the order of requests hangs on it.
 */
export function laneOf({ pathname }: URL): string {
  return /\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(pathname)?.[1] ?? '';
}
