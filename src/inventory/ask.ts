/** Questions about manifests whose answer may be that the registry can't say. */
import type { Digest, RepositoryName, Tag } from '../model/index.ts';
import { RegistryError, type ManifestHead, type Registry, type Unreadable } from '../registry/index.ts';

/**
 * HEAD. A 404 to it has no body to say what is missing, and some registries and proxies answer one for what they serve:
 * so it is asked again by GET, unless `expected`.
 */
export async function askHead(
  { registry, repository }: { readonly registry: Registry; readonly repository: RepositoryName },
  reference: Tag | Digest,
  expected = false,
): Promise<ManifestHead> {
  const head = await readable(() => registry.headManifest(repository, reference));
  if (head.kind !== 'absent' || expected) return head;
  const body = await readable(() => registry.getManifest(repository, reference));
  if (body.kind !== 'found') return body;
  const { digest, mediaType, bytes } = body;
  return { kind: 'found', digest, mediaType, size: bytes.byteLength };
}

/**
 * One thing that the registry can't serve (distribution 3.x answers 500 for every Docker schema 1 manifest) is kept and
 * reported, and the rest goes on. A registry that is gone or refuses this account is another matter, and thrown.
 */
export async function readable<Answer>(ask: () => Promise<Answer>): Promise<Answer | Unreadable> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RegistryError && ['server', 'protocol', 'not-found', 'unsupported'].includes(error.kind))
      return { kind: 'unreadable', why: error.message };
    throw error;
  }
}
