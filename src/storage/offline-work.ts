/**
 * What is done to the storage itself, between the registry's stop and the collector: manifests that nothing reaches lose
 * their link (the collector takes what only they held), and repositories without a tag and a manifest leave the catalog.
 * It happens while the registry is away, so nothing here takes a process for each manifest.
 */
import { quote } from '../machine/index.ts';
import type { Digest, RepositoryName, RepositoryPlan, StoredRegistry, StoredRepository, Tag } from '../model/index.ts';
import { digestPath, manifestsPath, repositoriesFolder } from './layout.ts';
import { findLinks } from './read.ts';
import { printing } from './shell.ts';

/** Of one repository, the manifests whose links go. */
export type Unlink = {
  readonly repository: RepositoryName;
  /** In the plan's order: an index before its children. */
  readonly digests: readonly Digest[];
  /** What the storage held when the plan was made. */
  readonly expected: StoredRepository;
};

export type OfflineWork = {
  /** As the shell sees it in which the script will run. */
  readonly root: string;
  readonly unlink: readonly Unlink[];
  /** Repositories that leave the catalog if they turn out to be empty; see `mayBeEmpty`. */
  readonly removeEmpty: readonly RepositoryName[];
};

/**
 * A POSIX script (busybox's shell and tools will do), to be run while the registry is stopped. Its lines:
 *
 *     @unlinked REPOSITORY DIGEST     the link is gone
 *     @spared REPOSITORY WHY          nothing more of it was done; WHY begins with `changed:` or `failed:`
 *     @removed REPOSITORY             it has left the catalog
 *
 * A manifest is unlinked only where the repository's tags and manifests are those of `expected`, or fewer: a new link, and
 * one that was written again (its time, or a tag's digest), spares the whole repository. A push may have re-used a manifest
 * that goes, and then a link of it is new: the tag's, or that of the index which lists it.
 */
export function renderOffline({ root, unlink, removeEmpty }: OfflineWork): string {
  const due = unlink.filter(({ digests }) => digests.length > 0);
  return `${[
    'LC_ALL=C; export LC_ALL',
    `cd ${quote(`${root}/${repositoriesFolder}`)} || exit 1`,
    ...(due.length === 0 ? [] : unlinking(due)),
    ...(removeEmpty.length === 0 ? [] : removing(removeEmpty)),
  ].join('\n')}\n`;
}

/** Prints the folders among its arguments. A shell's own tests take no process. */
const existing = 'for rp_each do [ ! -d "$rp_each" ] || echo "$rp_each"; done';

function unlinking(due: readonly Unlink[]): readonly string[] {
  return [
    printing('rp_expected', due.flatMap(expectedLines)),
    printing(
      'rp_folders',
      due.map(({ repository }) => manifestsPath(repository)),
    ),
    'rp_links() {',
    `rp_here=$(rp_folders | xargs sh -c ${quote(existing)} rp)`,
    `[ -z "$rp_here" ] || printf '%s\\n' "$rp_here" | xargs sh -c ${quote(findLinks)} rp`,
    'echo "@end $?"',
    '}',
    `rp_plan=$({ rp_expected; rp_links; } | awk ${quote(compare)})`,
    `{ printf '%s\\n' "$rp_plan" @unlinking`,
    `printf '%s\\n' "$rp_plan" | grep '/link$' | xargs sh -c ${quote(unlinkAll)} rp; } | awk ${quote(tell)}`,
  ];
}

/** `= REPOSITORY`, then `t TAG MTIME DIGEST` for each tag, `r DIGEST MTIME` for each manifest, `u` for those that go. */
function expectedLines({ repository, digests, expected }: Unlink): readonly string[] {
  const going = new Set(digests);
  const revision = (digest: Digest): string =>
    `${digestPath(digest)} ${expected.revisions.get(digest)?.mtime ?? 'none'}`;
  return [
    `= ${repository}`,
    ...[...expected.tags].map(([tag, { digest, mtime }]) => `t ${tag} ${mtime} ${digest}`),
    ...[...expected.revisions.keys()].filter((digest) => !going.has(digest)).map((digest) => `r ${revision(digest)}`),
    ...digests.map((digest) => `u ${revision(digest)}`),
  ];
}

/** Reads what is expected, then what is there. Prints `@spared` for a repository, else the links that go. */
const compare = `
function owner(path) { return substr(path, 1, index(path, "/_manifests/") - 1) }
function within(path) { return substr(path, index(path, "/_manifests/") + 12) }
function spoil(path) { if (!(owner(path) in spoiled)) spoiled[owner(path)] = within(path) }
function spare(repository, why) { if (!(repository in told)) { told[repository] = 1; print "@spared " repository " " why } }
/^= / { repository = $2; next }
/^t / { path = repository "/_manifests/tags/" $2 "/current/link"; time[path] = $3; target[path] = $4; next }
/^[ru] / {
  path = repository "/_manifests/revisions/" $2 "/link"
  time[path] = $3
  if ($1 == "u") { going[++count] = path; of[count] = repository }
  next
}
/^@end / { whole = ($2 == "0"); next }
/^-?[0-9]+ / { if (time[$2] == $1) there[$2] = 1; else spoil($2); next }
{
  colon = index($0, ":")
  path = substr($0, 1, colon - 1)
  if (target[path] == substr($0, colon + 1)) delete target[path]
}
END {
  for (path in target) if (path in there) spoil(path)
  for (place = 1; place <= count; place++) {
    repository = of[place]
    if (!whole) spare(repository, "failed: its files can not be read")
    else if (repository in spoiled) spare(repository, "changed: " spoiled[repository] " is new, or was written again")
    else if (!(going[place] in there)) spare(repository, "changed: " within(going[place]) " is gone already")
    else print going[place]
  }
}`;

/**
 * Prints the links that are there still. The folder of a link stays, as after a DELETE by the registry itself (2.8.2, 3.1.1):
 * to remove 20,000 of them would take seconds more of the registry's absence.
 */
const unlinkAll = 'rm -f -- "$@"; ls -d -- "$@" 2>/dev/null; :';

/** One line for a repository of which something is left, however much it is. */
const tell = `
$1 == "@unlinking" { after = 1; next }
/^@/ { print; next }
/^$/ { next }
!after { links[++count] = $0; next }
{ left[$0] = 1 }
END {
  for (place = 1; place <= count; place++) {
    link = links[place]
    middle = index(link, "/_manifests/revisions/")
    repository = substr(link, 1, middle - 1)
    digest = substr(link, middle + 22, length(link) - middle - 26)
    sub("/", ":", digest)
    if (!(link in left)) print "@unlinked " repository " " digest
    else if (!(repository in told)) { told[repository] = 1; print "@spared " repository " failed: " digest " can not be removed" }
  }
}`;

function removing(repositories: readonly RepositoryName[]): readonly string[] {
  return [
    printing('rp_repositories', repositories),
    `rp_here=$(rp_repositories | xargs sh -c ${quote(foldersOf)} rp)`,
    `rp_empty=$({ printf '%s\\n' "$rp_here" | sed 's/^/= /'`,
    `[ -z "$rp_here" ] || printf '%s\\n' "$rp_here" | xargs sh -c ${quote(findLife)} rp`,
    `echo "@end $?"; } | awk ${quote(chooseEmpty)})`,
    `[ -z "$rp_empty" ] || printf '%s\\n' "$rp_empty" | awk '{ print $1 "/_manifests"; print $1 "/_layers"; print $1 "/_uploads" }' | xargs rm -rf --`,
    `[ -z "$rp_empty" ] || printf '%s\\n' "$rp_empty" | xargs sh -c ${quote(leaveCatalog)} rp`,
  ];
}

/**
 * The folders of repositories, to be looked through. A repository with a link of the file system among them is left
 * alone: what is behind it is not looked through. Without manifests its layers tell whether it is being pushed just now.
 */
const foldersOf = `
for rp_each do
  [ ! -L "$rp_each/_manifests" ] && [ ! -L "$rp_each/_layers" ] && [ ! -L "$rp_each/_uploads" ] || continue
  if [ -d "$rp_each/_manifests" ]; then echo "$rp_each/_manifests"
  elif [ -d "$rp_each/_layers" ]; then echo "$rp_each/_layers"; fi
  [ ! -d "$rp_each/_uploads" ] || echo "$rp_each/_uploads"
done`;

/** Whatever is a file among the manifests, and what was written in the last day of an upload. */
const findLife =
  `find "$@" -path '*/_manifests/*' ! -type d -print` +
  ` -o \\( -path '*/_uploads/*' -o ! -path '*/_manifests/*' -path '*/_layers/*' \\) -type f -mmin -1440 -print`;

const chooseEmpty = `
function owner(path) { sub(/\\/_.*/, "", path); return path }
/^= ./ { if (!(owner($2) in known)) { known[owner($2)] = 1; names[++count] = owner($2) } next }
/^= *$/ { next }
/^@end / { whole = ($2 == "0"); next }
{ alive[owner($0)] = 1 }
END { if (whole) for (place = 1; place <= count; place++) if (!(names[place] in alive)) print names[place] }`;

/** What is nested below has folders of its own, which keep the repository's. */
const leaveCatalog = `
rmdir -p -- "$@" 2>/dev/null
for rp_each do
  if [ -e "$rp_each/_manifests" ] || [ -e "$rp_each/_layers" ]; then echo "@spared $rp_each failed: its folders can not be removed"
  else echo "@removed $rp_each"; fi
done`;

/**
 * The repositories that may be empty once these plans are carried out: a tag or manifest that isn't planned is left.
 * Whether one is, its files tell when the registry is stopped.
 */
export function mayBeEmpty(stored: StoredRegistry, plans: readonly RepositoryPlan[]): readonly RepositoryName[] {
  const planOf = new Map(plans.map((plan) => [plan.repository, plan]));
  return [...stored.repositories].flatMap(([repository, { tags, revisions }]) => {
    const plan = planOf.get(repository);
    const goingTags = new Set<Tag>(plan?.tags.map(({ tag }) => tag));
    const going = new Set<Digest>(plan?.manifests.map(({ digest }) => digest));
    const isEmptied =
      [...tags.keys()].every((tag) => goingTags.has(tag)) && [...revisions.keys()].every((digest) => going.has(digest));
    return isEmptied ? repository : [];
  });
}
