/** report/ (pure): what a person sees, as strings. This file: everything that a run has to say, as one value. */
import type {
  Collection,
  CollectionMode,
  Decision,
  Digest,
  Estimate,
  Instant,
  Origin,
  Outcome,
  PlannedManifest,
  Problem,
  Proof,
  Reference,
  RepositoryName,
  RepositoryPlan,
} from '../model/index.ts';
import type { AppliedPlan } from './applied.ts';
import { collectionFailure } from './collection.ts';
import { interruptionFailure } from './interruption.ts';
import type { DatedTag } from './span.ts';

export type RepositoryReport = {
  readonly repository: RepositoryName;
  /** `missing`: the registry has no such repository. `unread`: it couldn't be read, so nothing was planned. */
  readonly state: 'read' | 'missing' | 'unread';
  /** One for every tag, sorted by name. */
  readonly decisions: readonly Decision[];
  readonly plan: RepositoryPlan | undefined;
  /** What it held when it was looked at; absent where it couldn't be read. */
  readonly holds?: Estimate;
  /** Of the tags whose image has a date that was asked for and can be believed. */
  readonly oldestKept?: DatedTag;
  /** On a dry run of those that would be deleted, else of those that were. */
  readonly newestDeleted?: DatedTag;
  /** What came of the plan; empty on a dry run. */
  readonly outcomes: readonly Outcome[];
  readonly proofs: readonly Proof[];
  /** Wrong, but nothing that this run was to do: what couldn't be read, for one. */
  readonly warnings: readonly Problem[];
  /** What makes the run fail. */
  readonly failures: readonly Problem[];
};

/** What a dry run would have collected, and where. */
export type PlannedCollection = {
  /** As shown: `docker:registry`, `this machine`. */
  readonly service: string;
  readonly host: string;
  readonly mode: CollectionMode;
};

/** The report-file is this value as JSON. */
export type RunReport = {
  readonly format: 'registry-prune.report';
  readonly version: 1;
  /** Name and version of the program. */
  readonly program: string;
  /** Absent: the main door. `gc` looks at tags only to prove them afterwards. */
  readonly door?: 'gc' | 'apply';
  /** The signal that ended the run before its time. */
  readonly interruptedBy?: string;
  /** The plan that was given; what was left of it is that of each repository. */
  readonly applied?: AppliedPlan;
  readonly registry: Origin;
  /** `2/8`: the other repositories are other jobs' work. */
  readonly shard?: string;
  readonly dryRun: boolean;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  readonly repositories: readonly RepositoryReport[];
  /** What files of the workspace name of these repositories, with file and line. */
  readonly references: readonly Reference[];
  /** Wrong, but of no one repository. */
  readonly warnings: readonly Problem[];
  /** Failures that belong to no one repository: a glob that matches nothing, a plan that a guard refused. */
  readonly failures: readonly Problem[];
  /** Absent where the run didn't get as far as writing it. */
  readonly planFile?: string;
  readonly journalFile?: string;
  /** Absent where the run was not asked to collect, or ended before. */
  readonly collection?: Collection;
  /** On a dry run that was asked to collect. */
  readonly plannedCollection?: PlannedCollection;
};

export type Totals = {
  readonly repositories: number;
  /** Those of them in which this run has deleted something. */
  readonly changed: number;
  readonly tagsSeen: number;
  /** Tags that the plan names. */
  readonly planned: number;
  /** Manifests that nothing reaches, as far as the plan names them. */
  readonly plannedUntagged: number;
  /** Tags that this run has deleted. */
  readonly deletedTags: number;
  /** Untagged ones among them, whether by a request or on the host. */
  readonly deletedManifests: number;
  /** Tags seen and neither deleted nor, on a dry run, planned. */
  readonly kept: number;
  readonly reclaimable: { readonly bytes: number; readonly atLeast: boolean };
  readonly warnings: number;
  readonly failures: number;
  readonly lost: number;
};

export function totalsOf(report: RunReport): Totals {
  const all = report.repositories;
  const outcomes = all.flatMap((each) => each.outcomes);
  const gone = outcomes.filter((outcome) => outcome.result === 'done' || outcome.result === 'already-gone');
  const done = outcomes.filter((outcome) => outcome.result === 'done');
  const goneTags = gone.filter((outcome) => outcome.subject.kind === 'tag').length;
  const tagsSeen = sum(all.map((each) => each.decisions.length));
  const planned = sum(all.map((each) => each.plan?.tags.length ?? 0));
  const frees = all.flatMap((each) => (each.plan === undefined ? [] : [each.plan.frees]));
  return {
    repositories: all.length,
    changed: changedRepositories(report),
    tagsSeen,
    planned,
    plannedUntagged: sum(all.map((each) => untaggedOf(each).length)),
    deletedTags: done.filter((outcome) => outcome.subject.kind === 'tag').length,
    deletedManifests: deletedManifests(report).size,
    kept: tagsSeen - goneTags - (report.dryRun ? planned : 0),
    reclaimable: { bytes: sum(frees.map((each) => each.bytes)), atLeast: frees.some((each) => each.atLeast) },
    warnings: warningsOf(report).length,
    failures: failuresOf(report).length,
    lost: all.flatMap((each) => each.proofs).filter((proof) => proof.result === 'lost').length,
  };
}

function changedRepositories({ repositories, collection }: RunReport): number {
  const done = repositories.filter(({ outcomes }) => outcomes.some(({ result }) => result === 'done'));
  return new Set([...done, ...(collection?.unlinked ?? [])].map(({ repository }) => repository)).size;
}

/** Each once: what the host unlinked may have an outcome as well. */
function deletedManifests({ repositories, collection }: RunReport): ReadonlySet<string> {
  const done = repositories.flatMap((each) =>
    each.outcomes.flatMap(({ subject, result }) =>
      subject.kind === 'manifest' && result === 'done' ? [`${each.repository}@${subject.digest}`] : [],
    ),
  );
  const unlinked = (collection?.unlinked ?? []).map(({ repository, digest }) => `${repository}@${digest}`);
  return new Set([...done, ...unlinked]);
}

/** The manifests of a repository that go because nothing reaches them. */
export function untaggedOf(report: RepositoryReport): readonly PlannedManifest[] {
  return report.plan?.manifests.filter(({ role }) => role === 'untagged') ?? [];
}

/**
 * Everything for which the step fails: done is only what was done, was gone already, or was spared with a reason. That
 * the run was interrupted comes first, since it explains the rest; then a collection that failed, since the registry may
 * be down, then images that were to stay, of whatever repository: the page shows ten annotations.
 */
export function failuresOf(report: RunReport): readonly Problem[] {
  const all = report.repositories;
  const collection = collectionFailure(report.collection);
  const interruption = interruptionFailure(report);
  return [
    ...(interruption === undefined ? [] : [interruption]),
    ...(collection === undefined ? [] : [collection]),
    ...all.flatMap(proofFailures),
    ...all.flatMap((each) => each.failures),
    ...report.failures,
  ];
}

/** Kept tags that were not found as they were, the healed ones among them: said before anything else. */
export function proofFailures(report: RepositoryReport): readonly Problem[] {
  const together = unprovenTogether(report);
  const each = report.proofs.flatMap((proof): readonly Problem[] => {
    const at = `${proof.repository}:${proof.tag}`;
    const parts = partsOf(proof.missing);
    if (proof.result === 'healed')
      return [
        {
          at,
          what: `it was to stay, this run's deletions took ${parts}, and it was put back from the journal`,
          wayOut: 'Pull it once to be sure. Somebody pushed to this repository while its images were being deleted.',
        },
      ];
    if (proof.result === 'lost')
      return [
        {
          at,
          what: `it was to stay, and ${parts} is gone`,
          wayOut:
            proof.depth === 'blobs'
              ? 'Push this image again: the journal has manifests, and no layer.'
              : 'If it was not deleted on purpose meanwhile, push it again, or restore it from the journal file.',
        },
      ];
    if (proof.result === 'unproven' && together === undefined)
      return [
        { at, what: `it was to stay, and ${parts} could not be asked for`, wayOut: 'Pull it to see, and run again.' },
      ];
    return [];
  });
  return together === undefined ? each : [...each, together];
}

/** Where the registry is gone, or the run's time was over, all of them are unproven: so many are not named one by one. */
const unprovenShown = 10;

function unprovenTogether({ repository, proofs }: RepositoryReport): Problem | undefined {
  const unproven = proofs.filter(({ result }) => result === 'unproven');
  const [first] = unproven;
  if (first === undefined || unproven.length <= unprovenShown) return undefined;
  return {
    at: repository,
    what: `${unproven.length} tags that were to stay, ${first.tag} among them, could not be asked for`,
    wayOut: 'Pull one of them to see, and run again. The report file names them all.',
  };
}

function partsOf(missing: readonly Digest[]): string {
  const [first, ...others] = missing;
  if (first === undefined) return 'a part of it';
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** What is wrong and fails nothing. */
export function warningsOf(report: RunReport): readonly Problem[] {
  return [...report.warnings, ...report.repositories.flatMap((each) => each.warnings)];
}
