/**
 * Whether a storage is the one behind the registry. Until that is proven, nothing that it says is believed: an image that
 * no tag names there may be production here.
 *
 * 1. An upload that is opened over HTTP must appear there. It is cancelled, and the folder that distribution leaves of it
 *    is removed.
 * 2. Where that can't be asked (no right to push, a read-only registry, a dry run), the tags are compared: each link there
 *    with what the registry answers for the tag.
 */
import { quote } from '../machine/index.ts';
import type { RepositoryName, StoredRepository, Tag } from '../model/index.ts';
import { RegistryError, type OpenedUpload, type Registry } from '../registry/index.ts';
import { StorageError } from './error.ts';
import { isUploadId, repositoriesFolder, uploadPath } from './layout.ts';
import type { Storage } from './open.ts';

/** By what it was proven. */
export type Identity = 'upload' | 'links';

export type IdentityOptions = {
  readonly registry: Registry;
  readonly storage: Storage;
  /** Those that the registry is known, or believed, to have. */
  readonly repositories: readonly RepositoryName[];
  /** Without it no request is sent that could change anything: a dry run. */
  readonly mayWrite: boolean;
  readonly now: Parameters<Storage['read']>[0]['now'];
};

/** Throws StorageError where it isn't proven, and RegistryError where the registry can't be asked. */
export async function proveIdentity(options: IdentityOptions): Promise<Identity> {
  const { registry, repositories, storage } = options;
  const named = await tryBy(options, repositories, false);
  if (named !== undefined) return named;
  // A rule may spell out what isn't there yet, and a repository that never had a tag is unknown to its list of tags.
  const catalog = (await ofItsOwn(() => registry.listRepositories())) ?? [];
  const other = await tryBy(options, catalog, true);
  if (other !== undefined) return other;
  throw unproven(
    storage,
    'there is no tag by which it could be compared with the registry',
    'Push an image, or give the account the right to push, so that an upload can prove it. Check as well that registry, registry-service and ssh-host name the same registry.',
  );
}

/** Enough to find one that tells, in one look at the storage. */
const mostLookedAt = 1000;

/** `exist`: the registry itself named them. `undefined`: they prove nothing, and contradict nothing. */
async function tryBy(
  options: IdentityOptions,
  repositories: readonly RepositoryName[],
  exist: boolean,
): Promise<Identity | undefined> {
  const { storage, now } = options;
  const candidates = repositories.slice(0, mostLookedAt);
  if (candidates.length === 0) return undefined;
  const stored = await storage.read({ now, repositories: candidates });
  const tagCount = (name: RepositoryName): number => stored.repositories.get(name)?.tags.size ?? 0;
  // Those with tags first, the fewest first: what there is to compare costs a request for each.
  const inOrder = candidates
    .filter((name) => stored.repositories.has(name))
    .toSorted((a, b) => Number(tagCount(a) === 0) - Number(tagCount(b) === 0) || tagCount(a) - tagCount(b));
  if (options.mayWrite && (await isProvenByUpload(options, inOrder, exist))) return 'upload';
  const equal = await compareLinks(options, inOrder.length === 0 ? candidates : inOrder, stored.repositories);
  return equal === 0 ? undefined : 'links';
}

/** Rights differ from repository to repository; where three say no, they all may. */
const uploadsTried = 3;

/** False: it can't be asked. Throws StorageError where the storage is another one. */
async function isProvenByUpload(
  options: IdentityOptions,
  repositories: readonly RepositoryName[],
  exist: boolean,
): Promise<boolean> {
  const { registry } = options;
  let tried = 0;
  for (const repository of repositories) {
    // An upload to a repository that isn't there would make it.
    if (!exist && (await ofItsOwn(() => registry.listTags(repository)))?.kind !== 'listed') continue;
    const upload = await registry.openUpload(repository);
    if (upload.kind === 'opened') return isFound(options, repository, upload);
    tried += 1;
    if (upload.readOnly || tried === uploadsTried) return false;
  }
  return false;
}

/** `undefined` where the registry refuses this one thing; a registry that is gone, or lets nobody in, is thrown. */
async function ofItsOwn<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask();
  } catch (error) {
    const kinds = ['denied', 'not-found', 'unsupported', 'server', 'protocol'];
    if (error instanceof RegistryError && kinds.includes(error.kind)) return undefined;
    throw error;
  }
}

async function isFound(
  { registry, storage }: IdentityOptions,
  repository: RepositoryName,
  upload: OpenedUpload,
): Promise<boolean> {
  // What is no UUID isn't distribution's, and never becomes a part of a path.
  if (!isUploadId(upload.id)) {
    await upload.cancel();
    return false;
  }
  const folder = quote(`${storage.root}/${repositoriesFolder}/${uploadPath(repository, upload.id)}`);
  let seen: Awaited<ReturnType<Storage['shell']['run']>>;
  try {
    seen = await storage.shell.run(lookFor(folder));
  } finally {
    await upload.cancel();
  }
  if (seen.stdout.trim() === 'found') {
    await storage.shell.run(removeUpload(folder));
    return true;
  }
  throw unproven(
    storage,
    `an upload that was opened in ${repository} of ${registry.origin} doesn't appear there`,
    "It is another registry's storage. Check registry, registry-service and ssh-host: they must name the same registry.",
  );
}

/** A storage on the network may show a new folder a moment later. */
function lookFor(folder: string): string {
  return `for rp_wait in 0 1 1; do sleep $rp_wait; if [ -d ${folder} ]; then echo found; break; fi; done\n`;
}

/** distribution's cancelling leaves the folder with the state of its hash (2.8.2, 3.1.1). The UUID is this run's own. */
function removeUpload(folder: string): string {
  return `cd ${folder} 2>/dev/null || exit 0\nrm -rf hashstates\nrm -f data startedat\ncd .. && rmdir ${folder}\n`;
}

/** What a comparison of links looks at: enough to tell two registries apart, and no night's work. */
const repositoriesCompared = 20;
const tagsCompared = 5_000;

/** How many tags are the same, those of 20 repositories at most. Throws StorageError for one that isn't. */
async function compareLinks(
  { registry, storage, now }: IdentityOptions,
  repositories: readonly RepositoryName[],
  stored: ReadonlyMap<RepositoryName, StoredRepository>,
): Promise<number> {
  let equal = 0;
  for (const repository of repositories.slice(0, repositoriesCompared)) {
    if (equal >= tagsCompared) break;
    let compared = await compareTags(registry, repository, stored.get(repository));
    if (compared.differs !== undefined) {
      // A push in between looks the same: asked once more.
      const again = await storage.read({ now, repositories: [repository] });
      compared = await compareTags(registry, repository, again.repositories.get(repository));
    }
    if (compared.differs !== undefined)
      throw unproven(
        storage,
        `${repository}:${compared.differs} isn't the same there as the registry answers`,
        "It is another registry's storage, or something is pushed to this one all the time. Check registry, registry-service and ssh-host: they must name the same registry.",
      );
    equal += compared.equal;
  }
  return equal;
}

type Compared = { readonly equal: number; readonly differs?: Tag };

async function compareTags(
  registry: Registry,
  repository: RepositoryName,
  stored: StoredRepository | undefined,
): Promise<Compared> {
  const listing = await ofItsOwn(() => registry.listTags(repository));
  if (listing === undefined) return { equal: 0 };
  const listed = new Set<Tag>(listing.kind === 'listed' ? listing.tags : []);
  const tags = stored?.tags ?? new Map<Tag, never>();
  for (const tag of tags.keys()) if (!listed.has(tag)) return { equal: 0, differs: tag };
  const answers = await Promise.all(
    [...listed].map(async (tag) => ({ tag, head: await registry.headManifest(repository, tag) })),
  );
  // A tag that is listed with nothing behind it, or that can't be read, says nothing.
  const found = answers.flatMap(({ tag, head }) => (head.kind === 'found' ? { tag, digest: head.digest } : []));
  const other = found.find(({ tag, digest }) => tags.get(tag)?.digest !== digest);
  return other === undefined ? { equal: found.length } : { equal: 0, differs: other.tag };
}

function unproven({ root }: Storage, why: string, wayOut: string): StorageError {
  return new StorageError(
    'unproven',
    `The storage at ${root} is not proven to be the registry's: ${why}. Nothing that it says is believed.`,
    wayOut,
  );
}
