/**
 * One pass over the links of a storage: every tag with its digest and its push time, every manifest with its time.
 *
 * The push time is the time of the link's file: distribution writes it anew at every push, of the same digest too
 * (observed, 2.8.3 and 3.1.1). It is the host's clock that wrote it, so that clock is read in the same pass.
 */
import { quote } from '../machine/index.ts';
import {
  parseDigest,
  parseInstant,
  secondsOf,
  type Digest,
  type Instant,
  type RepositoryName,
  type StoredRegistry,
  type Tag,
} from '../model/index.ts';
import { shown, StorageError } from './error.ts';
import { manifestsPath, parsePlace, repositoriesFolder } from './layout.ts';
import { printing, type StorageShell } from './shell.ts';

export type ReadOptions = {
  readonly now: () => Instant;
  /** These alone. Default: all that there are. */
  readonly repositories?: readonly RepositoryName[];
};

/**
 * The links, as `find` gives them to a few processes: neither a tag nor a manifest takes one of its own. What has a
 * character in its name that no registry writes (a line break, a space) is not gone into, so a line is never read as
 * something that it isn't. Neither is the history of each tag (`index`). A link without a line is no error of grep's here.
 */
export const findLinks =
  `find "$@" \\( -name '*[!a-zA-Z0-9._-]*' -o -path '*/_manifests/tags/*/index' \\) -prune` +
  ` -o -path '*/_manifests/*' -name link -type f -exec stat -c '%Y %n' {} +` +
  ` -path '*/_manifests/tags/*/current/link' -exec sh -c 'grep -H "" "$@" || [ $? -eq 1 ]' rp {} +`;

/** A tag may be named as one of these folders. */
const findFolders =
  ` -o ! -path '*/_manifests/*' \\( -name _manifests -o -name _layers \\) -type d -print` +
  ` -o ! -path '*/_manifests/*' \\( -name _layers -o -name _uploads \\) -prune`;

// A process that was killed says nothing of it; one that misses a file that is gone by now ends with 1.
const find = `${findLinks}${findFolders}; rp_status=$?; [ $rp_status -lt 124 ] || echo "find ended with $rp_status" >&2`;

/**
 * Prints `@clock SECONDS` first and last, between them `MTIME PATH` and `PATH:DIGEST` of each link and the repositories'
 * folders, then `@error` for what can't be read.
 */
export function renderRead(root: string, repositories?: readonly RepositoryName[]): string {
  return `${[
    'LC_ALL=C; export LC_ALL',
    `cd ${quote(`${root}/${repositoriesFolder}`)} || exit 1`,
    'echo "@clock $(date +%s)"',
    ...(repositories === undefined ? [`rp_look() { set -- .; ${find}; }`] : lookAtSome(repositories)),
    // Errors are kept until the end: between the lines they could cut one in two.
    '{ rp_errors=$( { rp_look; } 2>&1 >&3 ); } 3>&1',
    `[ -z "$rp_errors" ] || printf '%s\\n' "$rp_errors" | sed 's/^/@error /'`,
    'echo "@clock $(date +%s)"',
    'echo @end',
  ].join('\n')}\n`;
}

function lookAtSome(repositories: readonly RepositoryName[]): readonly string[] {
  const folders = repositories.map((repository) => `./${manifestsPath(repository)}`);
  return [
    printing('rp_folders', folders),
    `rp_here=$(rp_folders | xargs sh -c 'for rp_each do [ ! -d "$rp_each" ] || echo "$rp_each"; done' rp)`,
    `rp_look() { [ -z "$rp_here" ] || printf '%s\\n' "$rp_here" | xargs sh -c ${quote(find)} rp; }`,
  ];
}

/** Throws StorageError where the storage can't be read whole. A storage without a repository is an empty one. */
export async function readStorage(shell: StorageShell, root: string, options: ReadOptions): Promise<StoredRegistry> {
  const pass = new Pass(options.now);
  const { status, stderr } = await shell.run(renderRead(root, options.repositories), (line) => {
    pass.take(line);
  });
  return pass.result(root, status, stderr);
}

type Found = {
  readonly tags: Map<Tag, { mtime?: number; digest?: Digest; strange?: true }>;
  readonly revisions: Map<Digest, number>;
};

/** What the lines say, in whatever order they come. */
class Pass {
  readonly #now: () => Instant;
  readonly #found = new Map<RepositoryName, Found>();
  readonly #clocks: { readonly hostSeconds: number; readonly ourSeconds: number }[] = [];
  readonly #errors: string[] = [];
  #ended = false;

  constructor(now: () => Instant) {
    this.#now = now;
  }

  take(line: string): void {
    if (line.startsWith('@')) this.#takeWord(line);
    else if (/^-?\d+ /.test(line)) this.#takeTime(line);
    else if (line.startsWith('./')) this.#takePath(line.slice(2));
  }

  result(root: string, status: number, stderr: string): StoredRegistry {
    const at = `${root}/${repositoriesFolder}`;
    const error = this.#errors[0];
    const [first, last] = [this.#clocks[0], this.#clocks.at(-1)];
    if (first === undefined)
      throw new StorageError(
        'unread',
        `The registry's storage can't be read at ${shown(at)}: ${shown(stderr) || `exit status ${status}`}.`,
        "Check that this is the storage of the registry (storage.filesystem.rootdirectory of its configuration), and that the host's account may read it.",
      );
    if (error !== undefined || last === undefined || !this.#ended)
      throw new StorageError(
        'unread',
        `The registry's storage at ${shown(at)} can't be read whole: ${shown(error ?? stderr) || 'it was cut'}.`,
        "Check that the host's account may read all of it, and look at the disk.",
      );
    const time = clockOf(first, last);
    return {
      repositories: new Map(
        [...this.#found].map(([name, { tags, revisions }]) => [
          name,
          {
            tags: new Map(
              [...tags].flatMap(([tag, { mtime, digest, strange }]) => {
                if (mtime === undefined || digest === undefined || strange) return [];
                const pushedAt = time(mtime);
                return [[tag, { digest, mtime, ...(pushedAt === undefined ? {} : { pushedAt }) }] as const];
              }),
            ),
            revisions: new Map(
              [...revisions].map(([digest, mtime]) => {
                const pushed = time(mtime);
                return [digest, { mtime, ...(pushed === undefined ? {} : { at: pushed }) }] as const;
              }),
            ),
          },
        ]),
      ),
    };
  }

  #takeWord(line: string): void {
    const [word, value = ''] = line.split(' ', 2);
    if (word === '@clock' && /^\d+$/.test(value))
      this.#clocks.push({ hostSeconds: Number(value), ourSeconds: secondsOf(this.#now()) });
    if (word === '@end') this.#ended = true;
    // What is gone since it was listed is gone: this registry is alive.
    if (word === '@error' && !line.endsWith('No such file or directory'))
      this.#errors.push(line.slice('@error '.length));
  }

  #takeTime(line: string): void {
    const space = line.indexOf(' ');
    const place = parsePlace(line.slice(space + 3));
    const mtime = Number(line.slice(0, space));
    if (place === undefined || !line.startsWith('./', space + 1)) return;
    if (place.kind === 'tag') this.#tag(place.repository, place.tag).mtime = mtime;
    if (place.kind === 'revision') this.#in(place.repository).revisions.set(place.digest, mtime);
  }

  /** `PATH:DIGEST`, or a folder. No path that is gone into holds a colon. */
  #takePath(line: string): void {
    const colon = line.indexOf(':');
    const place = parsePlace(colon === -1 ? line : line.slice(0, colon));
    if (place?.kind === 'repository' && colon === -1) this.#in(place.repository);
    if (place?.kind !== 'tag' || colon === -1) return;
    const tag = this.#tag(place.repository, place.tag);
    const digest = parseDigest(line.slice(colon + 1));
    // A link of several lines is none.
    if (digest === undefined || tag.digest !== undefined) tag.strange = true;
    else tag.digest = digest;
  }

  #tag(repository: RepositoryName, tag: Tag): { mtime?: number; digest?: Digest; strange?: true } {
    const { tags } = this.#in(repository);
    const known = tags.get(tag) ?? {};
    tags.set(tag, known);
    return known;
  }

  #in(repository: RepositoryName): Found {
    const known = this.#found.get(repository) ?? { tags: new Map(), revisions: new Map() };
    this.#found.set(repository, known);
    return known;
  }
}

type Clock = { readonly hostSeconds: number; readonly ourSeconds: number };

/** No image is older than this: see `earliestBelievable` in inventory/created.ts. */
const earliest = Date.parse('2000-01-01T00:00:00Z') / 1000;

/**
 * From the host's clock to ours. A line comes after it was written and `date` cuts the fraction, so each reading puts the
 * host's clock too far back and a push too late: the better of the two is nearer, and no push looks older than it is.
 */
function clockOf(first: Clock, last: Clock): (mtime: number) => Instant | undefined {
  const ahead = Math.max(first.hostSeconds - first.ourSeconds, last.hostSeconds - last.ourSeconds);
  return (mtime) => {
    if (mtime < earliest || mtime > last.hostSeconds) return undefined;
    const seconds = Math.min(mtime - ahead, last.ourSeconds);
    return parseInstant(new Date(Math.round(seconds * 1000)));
  };
}
