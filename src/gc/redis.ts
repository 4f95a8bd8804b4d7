/** A cache of blob descriptors in Redis, which outlives a restart: flushed while the registry is stopped, or refused. */
import type { FoundService } from '../machine/index.ts';

export type Flush =
  | { readonly kind: 'none' }
  /** `prove` asks harmlessly whether `flush` may be done. Scripts for the service's `svc_inside` and `svc_offline_inside`. */
  | { readonly kind: 'flush'; readonly prove: string; readonly flush: string }
  | { readonly kind: 'refused'; readonly why: { readonly what: string; readonly wayOut: string } };

export function planFlush(service: Pick<FoundService, 'cache'>): Flush {
  if (service.cache.kind !== 'redis') return { kind: 'none' };
  return { kind: 'refused', why: { what: 'redis', wayOut: 'redis' } };
}
