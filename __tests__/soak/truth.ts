/** What a repository holds and ought to hold, read from the sandbox's store with nothing of `src/`. */
import type { SandboxRegistry } from '../../sandbox/registry.ts';

type Descriptor = { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> };
type Content = {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Readonly<Record<string, string>>;
};
type Manifests = ReadonlyMap<string, Content>;

/** A repository at some moment, and what others have done to it since. */
export type Truth = {
  readonly repository: string;
  /** Where each tag ought to point if this program deleted nothing: others move them. */
  readonly tags: Map<string, string>;
  /** Everything that was ever there. */
  readonly manifests: Map<string, Content>;
  readonly blobs: ReadonlySet<string>;
};

export function lookAt(registry: SandboxRegistry, repository: string): Truth {
  const { store } = registry;
  return {
    repository,
    tags: new Map(store.tags(repository)),
    manifests: new Map([...store.manifests(repository)].map(([digest, { bytes }]) => [digest, contentOf(bytes)])),
    blobs: new Set([...store.blobs.keys()].filter((digest) => store.hasBlob(repository, digest))),
  };
}

/** What can't be read holds nothing that anyone knows of. */
export function contentOf(bytes: Uint8Array): Content {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Content;
  } catch {
    return {};
  }
}

/** A manifest and all that it takes to pull it: config, layers, children, be they there or not. */
export function pulledWith(manifests: Manifests, ...digests: readonly string[]): ReadonlySet<string> {
  return closure(manifests, digests, ({ config, layers, manifests: children }) => [
    config,
    ...(layers ?? []),
    ...(children ?? []),
  ]);
}

/** The same, and what any of it says that it is attached to. */
export function below(manifests: Manifests, ...digests: readonly string[]): ReadonlySet<string> {
  return closure(manifests, digests, ({ config, layers, manifests: children, subject }) => [
    config,
    ...(layers ?? []),
    ...(children ?? []),
    subject,
  ]);
}

function closure(
  manifests: Manifests,
  digests: readonly string[],
  named: (content: Content) => readonly (Descriptor | undefined)[],
): ReadonlySet<string> {
  const found = new Set(digests);
  for (const digest of found) for (const part of named(manifests.get(digest) ?? {})) if (part) found.add(part.digest);
  return found;
}

/** The same, with all that is attached to any of it, and all below that. */
export function belowAndAttached(truth: Truth, ...digests: readonly string[]): ReadonlySet<string> {
  const { manifests, tags } = truth;
  const found = new Set(below(manifests, ...digests));
  // An index that no tag leads to is nobody's to see.
  const visible = below(manifests, ...tags.values());
  for (const digest of found) {
    const attached = attachmentTags(truth, digest).flatMap((tag) => tags.get(tag) ?? []);
    for (const [candidate, content] of manifests) {
      if (content.subject?.digest === digest) attached.push(candidate);
      for (const listed of visible.has(candidate) ? (content.manifests ?? []) : [])
        if (listed.annotations?.['vnd.docker.reference.digest'] === digest) attached.push(listed.digest);
    }
    for (const part of below(manifests, ...attached)) found.add(part);
  }
  return found;
}

/** The digest that an attachment's tag names. */
export function subjectOf(tag: string): string | undefined {
  const hex = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/.exec(tag)?.[1];
  return hex === undefined ? undefined : `sha256:${hex}`;
}

/** Tags by whose names something is attached to a digest: not what has nothing, or only a placeholder, behind it. */
export function attachmentTags({ tags, manifests }: Truth, digest: string): readonly string[] {
  return [...tags].flatMap(([tag, target]) => {
    const content = manifests.get(target);
    return subjectOf(tag) === digest && content !== undefined && !isPlaceholder(content) ? [tag] : [];
  });
}

export function isPlaceholder({ annotations = {} }: Content): boolean {
  return 'io.github.registry-prune.placeholder' in annotations;
}
