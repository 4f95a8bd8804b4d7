/**
 * Whether a plan is harmless, asked once more and by other means: where `build` and `narrow` follow what stays through
 * the repository, this looks at every edge of it once, without following any. If no edge leads from what stays to what
 * goes, nothing that stays can reach anything that goes.
 */
import type { Descriptor, Digest, Problem, ReadManifest, RepositoryPlan, Snapshot, Tag } from '../model/index.ts';
import { attachmentTags, childEdges, readManifests, referrerEdges } from './edges.ts';
import { isAsOld } from './revised.ts';
import { misordered } from './verify-order.ts';

/**
 * What is wrong with the plan, if it were carried out in a repository that looks like the snapshot; `[]`: it is
 * harmless. The invariants of ARCHITECTURE.md, by their numbers, and the order of the manifests.
 */
export function verify(plan: RepositoryPlan, snapshot: Snapshot): readonly Problem[] {
  const view: View = {
    plan,
    snapshot,
    doomedTags: new Set(plan.tags.map(({ tag }) => tag)),
    doomed: new Set(plan.manifests.map(({ digest }) => digest)),
    read: readManifests(snapshot),
  };
  const found = checks.flatMap((check) => [...check(view)]);
  return found.map(([name, what]) => ({ at: place(plan, name), what, wayOut }));
}

type View = {
  readonly plan: RepositoryPlan;
  readonly snapshot: Snapshot;
  readonly doomedTags: ReadonlySet<Tag>;
  readonly doomed: ReadonlySet<Digest>;
  readonly read: readonly ReadManifest[];
};

/** A tag, a digest, or '' for the repository, and what is wrong with it. */
type Finding = readonly [name: Digest | Tag | '', what: string];

const wayOut =
  'Nothing of this repository is deleted. Make a new plan with dry-run: true; if that one is refused as well, it is a ' +
  'fault of this program: report it with the plan file.';

const checks: readonly ((view: View) => Iterable<Finding>)[] = [
  names,
  plannedTags,
  plannedManifests,
  plannedUntagged,
  keptTags,
  keptManifests,
  attachedManifests,
  attachedTags,
  unread,
  order,
  stays,
];

function place({ repository }: RepositoryPlan, name: Finding[0]): string {
  if (name === '') return repository;
  return name.includes(':') ? `${repository}@${name}` : `${repository}:${name}`;
}

function* names({ plan, snapshot, doomed, doomedTags }: View): Iterable<Finding> {
  if (plan.repository !== snapshot.repository) yield ['', `The plan was checked against ${snapshot.repository}.`];
  if (doomedTags.size < plan.tags.length) yield* twice(plan.tags.map(({ tag }) => tag));
  if (doomed.size < plan.manifests.length) yield* twice(plan.manifests.map(({ digest }) => digest));
}

function* twice(names: readonly (Digest | Tag)[]): Iterable<Finding> {
  const seen = new Set<Digest | Tag>();
  for (const name of names) {
    if (seen.has(name)) yield [name, 'Is planned twice.'];
    seen.add(name);
  }
}

/** 4: as it was observed, or not at all. 5: and only where its manifest was read. */
function* plannedTags({ plan, snapshot }: View): Iterable<Finding> {
  for (const { tag, digest } of plan.tags) {
    const state = snapshot.tags.get(tag);
    if (state === undefined) yield [tag, 'Is planned, but was not observed.'];
    else if (state.kind === 'unreadable') yield [tag, `Is planned, but could not be read: ${state.why}`];
    else {
      const target = state.kind === 'points' ? state.digest : undefined;
      if (target !== digest)
        yield [tag, `Was to point at ${digest ?? 'nothing'} and points at ${target ?? 'nothing'}.`];
      if (target !== undefined && !isRead(snapshot, target)) yield [tag, `Is planned, but ${target} was not read.`];
    }
  }
}

/** 5. */
function* plannedManifests({ plan, snapshot }: View): Iterable<Finding> {
  for (const { digest } of plan.manifests)
    if (!isRead(snapshot, digest)) yield [digest, 'Is planned, but was not read: it may hold anything.'];
}

/** 4, for what has no tag: as old as it was, or not at all. */
function* plannedUntagged({ plan, snapshot }: View): Iterable<Finding> {
  for (const manifest of plan.manifests)
    if (!isAsOld(manifest, snapshot))
      yield [manifest.digest, 'Is planned for want of a tag, but was pushed since, or nobody knows when it was.'];
}

/** 1. */
function* keptTags({ snapshot, doomed, doomedTags }: View): Iterable<Finding> {
  for (const [tag, state] of snapshot.tags)
    if (!doomedTags.has(tag) && state.kind === 'points' && doomed.has(state.digest))
      yield [state.digest, `Is planned, but the kept tag ${tag} points at it.`];
}

/** 2; and no config or layer of what stays is deleted as a manifest. */
function* keptManifests({ read, doomed }: View): Iterable<Finding> {
  for (const { digest, children, subject, blobs } of read) {
    if (doomed.has(digest)) continue;
    for (const part of parts(children, blobs, subject))
      if (doomed.has(part)) yield [part, `Is planned, but ${digest}, which stays, needs it.`];
  }
}

function* parts(
  children: readonly Digest[],
  blobs: Iterable<Descriptor>,
  subject: Digest | undefined,
): Iterable<Digest> {
  yield* children;
  for (const { digest } of blobs) yield digest;
  if (subject !== undefined) yield subject;
}

/** 3, for manifests. */
function* attachedManifests(view: View): Iterable<Finding> {
  const remains = remaining(view);
  for (const [subject, attachment] of referrerEdges(view.snapshot))
    if (view.doomed.has(attachment) && remains.has(subject))
      yield [attachment, `Is planned, but it is attached to ${subject}, which stays.`];
    else if (view.doomed.has(subject) && remains.has(attachment))
      yield [attachment, `Would be left behind: it is attached to ${subject}, which is planned.`];
}

/** 3, for tags that are attachments by their name. */
function* attachedTags(view: View): Iterable<Finding> {
  const remains = remaining(view);
  for (const { tag, subject } of attachmentTags(view.snapshot))
    if (view.doomedTags.has(tag) && remains.has(subject))
      yield [tag, `Is planned, but it is attached to ${subject}, which stays.`];
    else if (!view.doomedTags.has(tag) && view.doomed.has(subject))
      yield [tag, `Would be left behind: it is attached to ${subject}, which is planned.`];
}

/** The manifests that stay, and those that they name, though the registry may not hold them. */
function remaining({ snapshot, doomed, read }: View): ReadonlySet<Digest> {
  const staying = new Set<Digest>();
  for (const digest of snapshot.manifests.keys()) if (!doomed.has(digest)) staying.add(digest);
  for (const [parent, child] of childEdges(read)) if (!doomed.has(parent) && !doomed.has(child)) staying.add(child);
  return staying;
}

/** 5: what could not be read may hold every manifest of the repository, and every attachment's subject. */
function* unread({ plan, snapshot, doomedTags }: View): Iterable<Finding> {
  const manifests = [...snapshot.manifests.values()].filter(({ kind }) => kind === 'opaque');
  const tags = [...snapshot.tags.keys()].filter((tag) => {
    const state = snapshot.tags.get(tag);
    if (state === undefined || doomedTags.has(tag) || state.kind === 'ghost') return false;
    return state.kind === 'unreadable' || !isRead(snapshot, state.digest);
  });
  const [blind] = [...manifests.map(({ digest }) => digest), ...tags];
  if (blind === undefined) return;
  for (const { digest } of plan.manifests) yield [digest, `Is planned, but ${blind} was not read and may hold it.`];
  for (const { tag, subject } of attachmentTags(snapshot))
    if (doomedTags.has(tag)) yield [tag, `Is planned, but ${blind} was not read and may hold its subject ${subject}.`];
}

function* order({ plan, snapshot }: View): Iterable<Finding> {
  for (const [before, after] of misordered(plan, snapshot))
    yield [after, `Goes before ${before}, which it is a part of or attached to.`];
}

/** What the proof afterwards asks for is all that there is to ask for. */
function* stays({ plan, snapshot, doomedTags }: View): Iterable<Finding> {
  const promised = new Map<Tag, Digest>();
  for (const { tag, digest } of plan.stays) promised.set(tag, digest);
  for (const [tag, state] of snapshot.tags) {
    const target = state.kind === 'points' && !doomedTags.has(tag) ? state.digest : undefined;
    const promise = promised.get(tag);
    if (target !== promise) yield [tag, `Stays at ${target ?? 'nothing'}; the plan says ${promise ?? 'nothing'}.`];
    promised.delete(tag);
  }
  for (const tag of promised.keys()) yield [tag, 'Is said to stay, but was not observed.'];
}

function isRead(snapshot: Snapshot, digest: Digest): boolean {
  const manifest = snapshot.manifests.get(digest);
  return manifest !== undefined && manifest.kind !== 'opaque';
}
