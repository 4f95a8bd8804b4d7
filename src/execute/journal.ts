/**
 * What undoing needs, on the disk before the registry is asked to delete: the bytes of every manifest that a plan takes
 * away or untags, and the tags. One JSON object a line. What is journaled and then spared does no harm: restoring skips
 * what is there and never moves a tag that exists.
 */
import pMap from 'p-map';
import type { Digest, Instant, JournalEntry, RepositoryPlan, Role, Snapshot, Tag } from '../model/index.ts';
import type { ContentMemory, ManifestContent } from '../inventory/index.ts';
import { atOnce, type Registry } from '../registry/index.ts';
import type { Files } from '../runtime/index.ts';

export type Journal = {
  /** Resolves when the entry is on the disk. */
  append(entry: JournalEntry): Promise<void>;
  /** A manifest that this run has journaled. */
  find(digest: Digest): Promise<ManifestContent | undefined>;
  close(): Promise<void>;
};

export async function openJournal(files: Files, path: string): Promise<Journal> {
  const file = await files.openAppend(path);
  return {
    append: (entry) => file.append(JSON.stringify(entry)),
    find: (digest) => Promise.resolve(findEntry(files.readText(path), digest)),
    close: () => file.close(),
  };
}

/** The lines are this run's own; one that a full disk cut in half is passed over. */
function findEntry(text: string, digest: Digest): ManifestContent | undefined {
  const line = text.split('\n').find((each) => each.includes(`"digest":"${digest}"`) && each.endsWith('}'));
  if (line === undefined) return undefined;
  const entry = JSON.parse(line) as JournalEntry;
  return { mediaType: entry.mediaType, bytes: Buffer.from(entry.bytesBase64, 'base64') };
}

export type Undo = {
  readonly registry: Registry;
  readonly memory: ContentMemory;
  readonly journal: Journal;
  readonly now: () => Instant;
};

/**
 * Journals a repository's plan. Rejects, naming the manifest, where bytes can't be had: what can't be put back is not
 * taken away, so the caller leaves the whole repository alone. A manifest that is gone already is passed over.
 */
export async function writeJournal(undo: Undo, plan: RepositoryPlan, snapshot: Snapshot): Promise<void> {
  // A few at a time: the bytes of 100,000 manifests are not for the memory.
  await pMap(
    doomed(plan),
    async ([digest, { role, tags }]) => {
      const content = await contentOf(undo, plan, digest);
      if (content === undefined) return;
      const manifest = snapshot.manifests.get(digest);
      const subject = manifest === undefined || manifest.kind === 'opaque' ? undefined : manifest.subject;
      await undo.journal.append({
        version: 1,
        registry: undo.registry.origin,
        repository: plan.repository,
        digest,
        mediaType: content.mediaType,
        bytesBase64: Buffer.from(content.bytes).toString('base64'),
        tags,
        role,
        ...(subject === undefined ? {} : { subject }),
        at: undo.now(),
      });
    },
    atOnce(undo.registry),
  );
}

/** Every manifest that goes, and every one that only loses tags, with the tags that it loses. */
function doomed(plan: RepositoryPlan): ReadonlyMap<Digest, { readonly role: Role; readonly tags: readonly Tag[] }> {
  const found = new Map<Digest, { role: Role; tags: Tag[] }>();
  for (const { digest, role } of plan.manifests) found.set(digest, { role, tags: [] });
  for (const { tag, digest } of plan.tags) {
    if (digest === undefined) continue;
    const entry = found.get(digest) ?? { role: 'tagged', tags: [] };
    entry.tags.push(tag);
    found.set(digest, entry);
  }
  return found;
}

async function contentOf(undo: Undo, plan: RepositoryPlan, digest: Digest): Promise<ManifestContent | undefined> {
  const remembered = undo.memory.manifest(digest);
  if (remembered !== undefined) return remembered;
  const answer = await undo.registry.getManifest(plan.repository, digest);
  if (answer.kind === 'found') return answer;
  if (answer.kind === 'absent') return undefined;
  throw new Error(
    `${plan.repository}@${digest} can't be read (${answer.why}), so its deletion could not be undone. ` +
      'Nothing of this repository is deleted.',
  );
}
