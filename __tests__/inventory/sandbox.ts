/** A sandbox registry and the client that looks at it, for the tests of observe. */
import { afterEach } from '@jest/globals';
import {
  startSandboxRegistry,
  type RecordedRequest,
  type SandboxOptions,
  type SandboxRegistry,
} from '../../sandbox/registry.ts';
import {
  ContentMemory,
  observe,
  observeReferrers,
  recheck,
  ReferrersSupport,
  type Look,
} from '../../src/inventory/index.ts';
import type {
  Created,
  Digest,
  Instant,
  Manifest,
  Snapshot,
  StoredRepository,
  Tag,
  TagState,
} from '../../src/model/index.ts';
import { connect, type Registry } from '../../src/registry/index.ts';
import { instantOf, originOf, repositoryOf } from '../arbitraries/names.ts';

export const now: Instant = instantOf('2026-11-22T01:30:00Z');
export const repository = 'apps/web';

export type Sandbox = SandboxRegistry & {
  readonly client: Registry;
  readonly memory: ContentMemory;
  /** Looks at the repository; `dated`: the tags whose images need a date, or all of them. */
  observe(options?: ObserveOptions): Promise<Snapshot>;
  /** The same where the repository may not be there. */
  tryToObserve(options?: ObserveOptions): Promise<Snapshot | undefined>;
  recheck(before: Snapshot, stored?: StoredRepository): Promise<Snapshot>;
  observeReferrers(before: Snapshot, subjects: Iterable<string>, support?: ReferrersSupport): Promise<Snapshot>;
  /** `GET manifests/v1`: method and what follows the repository's name, in the order of arrival. */
  asked(match?: RegExp): readonly string[];
};

export type ObserveOptions = {
  readonly repository?: string;
  readonly dated?: 'all' | readonly string[];
  /** What the storage says of it; with `untagged` its manifests are looked at, too. */
  readonly stored?: StoredRepository;
  readonly untagged?: boolean;
};

/** Registries of one test file, closed after each test. */
export function useSandbox(): (options?: SandboxOptions) => Promise<Sandbox> {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  return async (options) => {
    const registry = await startSandboxRegistry(options);
    const client = clientOf(registry.url);
    open.push(registry, client);
    return sandboxOf(registry, client);
  };
}

export function clientOf(url: string): Registry {
  return connect({
    origin: originOf(url),
    credentials: { kind: 'anonymous' },
    tlsVerify: true,
    concurrency: 16,
    env: {},
    userAgent: 'tests',
    sleep: () => Promise.resolve(),
    random: () => 0.5,
    now: () => new Date(now),
    onSecret: () => undefined,
  });
}

function sandboxOf(registry: SandboxRegistry, client: Registry): Sandbox {
  const memory = new ContentMemory();
  const look = (name = repository): Omit<Look, 'dated'> => ({
    registry: client,
    repository: repositoryOf(name),
    memory,
    now: () => now,
  });
  const tryToObserve = ({ repository: name, dated = [], ...storage }: ObserveOptions = {}): Promise<
    Snapshot | undefined
  > =>
    observe({
      ...look(name),
      ...storage,
      dated: (tags) => new Set(dated === 'all' ? tags : tags.filter((tag) => dated.includes(tag))),
    });
  return {
    ...registry,
    client,
    memory,
    tryToObserve,
    observe: async (options) => {
      const snapshot = await tryToObserve(options);
      if (snapshot === undefined) throw new Error('The registry has no such repository.');
      return snapshot;
    },
    recheck: (before, stored) => recheck({ ...look(before.repository), stored }, before),
    observeReferrers: (before, subjects, support = new ReferrersSupport()) =>
      observeReferrers(look(before.repository), before, subjects as Iterable<Digest>, support),
    asked: (match = /./) => registry.requests.map(requestOf).filter((text) => match.test(text)),
  };
}

function requestOf({ method, path }: RecordedRequest): string {
  return `${method} ${path.replace(/^\/v2\/(?:apps\/)?[^/]+\//, '').replace(/\?.*$/, '')}`;
}

/** What was seen of a tag, a manifest, and its date, by their text. */
export function stateOf(snapshot: Snapshot, tag: string): TagState | undefined {
  return snapshot.tags.get(tag as Tag);
}

export function manifestOf(snapshot: Snapshot, { digest }: { readonly digest: string }): Manifest | undefined {
  const manifest = snapshot.manifests.get(digest as Digest);
  // As an array, so that tests can compare them.
  return manifest === undefined || manifest.kind === 'opaque' ? manifest : { ...manifest, blobs: [...manifest.blobs] };
}

export function createdOf(snapshot: Snapshot, of: { readonly digest: string }): Created | undefined {
  const manifest = manifestOf(snapshot, of);
  return manifest === undefined || manifest.kind === 'opaque' ? undefined : manifest.created;
}
