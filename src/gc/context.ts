/** What a collection is asked for with, and what all of it needs. */
import type { FoundService, Host } from '../machine/index.ts';
import type { CollectionMode } from '../model/index.ts';
import type { Storage } from '../storage/index.ts';
import type { CollectLimits } from './limits.ts';

export type CollectOptions = {
  readonly host: Host;
  readonly service: FoundService;
  readonly mode: CollectionMode;
  /** Online: the registry refuses writes, as it said over HTTP. What its configuration says counts as well. */
  readonly readOnly?: boolean;
  /** Whether a registry answers at the address right now: asked once, with a short patience. Never rejects. */
  readonly registryAnswers: () => Promise<boolean>;
  /** A script for the storage that runs between stop and collector, also where nothing else is to collect. Offline only. */
  readonly offlineWork?: string;
  /** Whose bytes are counted before and after. */
  readonly storage?: Pick<Storage, 'bytes'>;
  /** Who collects, for others that wait for it: one line. */
  readonly who: string;
  /** A line of progress. One comes at least every 15 seconds. */
  readonly say: (line: string) => void;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  /** Leaves the host to itself: what has begun there goes on. */
  readonly interrupted?: AbortSignal;
  readonly limits?: Partial<CollectLimits>;
};

export type Context = CollectOptions & { readonly limits: CollectLimits };

/** As reports show it: `docker:registry on root@registry.example.com`. */
export function placeOf({ service, host }: Pick<Context, 'service' | 'host'>): string {
  return `${service.shown} on ${host.name}`;
}
