/** The action's outputs. */
import { doors } from '../config/index.ts';
import { matrixFor, type SeenRepository } from '../plan/index.ts';
import { reclaimedBytes } from './collection.ts';
import { totalsOf, type RepositoryReport, type RunReport } from './run-report.ts';

/** GitHub ends a job's outputs at 1 MiB together; two arrays of this size leave room for the rest of the job's. */
const arrayBytes = 256 * 1024;

/** By the names that the door's action.yml has; the report file is named by whoever writes it. */
export function renderOutputs(report: RunReport): ReadonlyMap<string, string> {
  const stale = report.repositories.flatMap(
    (each) => each.plan?.tags.map(({ tag }) => `${each.repository}:${tag}`) ?? [],
  );
  const deleted = report.repositories.flatMap((each) =>
    // Outcomes stand in the order in which the answers came, which differs from run to run.
    each.outcomes
      .flatMap(({ subject, result }) =>
        subject.kind === 'tag' && result === 'done' ? [`${each.repository}:${subject.tag}`] : [],
      )
      .sort(),
  );
  const totals = totalsOf(report);
  const staleTags = fit(stale);
  const deletedTags = fit(deleted);
  const values = new Map([
    ['stale-tags', JSON.stringify(staleTags)],
    ['deleted-tags', JSON.stringify(deletedTags)],
    ['tags-truncated', String(staleTags.length < stale.length || deletedTags.length < deleted.length)],
    ['deleted-tag-count', String(totals.deletedTags)],
    ['deleted-manifest-count', String(totals.deletedManifests)],
    ['kept-tag-count', String(totals.kept)],
    ['reclaimable-bytes', String(totals.reclaimable.bytes)],
    ['reclaimed-bytes', String(reclaimedBytes(report.collection) ?? '')],
    ['matrix', report.shard === undefined ? JSON.stringify(matrixFor(report.repositories.map(seenOf))) : ''],
    ['plan-file', report.planFile ?? ''],
    ['journal-file', report.journalFile ?? ''],
  ]);
  const declared: ReadonlySet<string> = new Set(doors[report.door ?? 'prune'].outputs);
  return new Map([...values].filter(([name]) => declared.has(name)));
}

function seenOf({ decisions, plan }: RepositoryReport): SeenRepository {
  return { tagsSeen: decisions.length, isDue: plan !== undefined && plan.tags.length + plan.manifests.length > 0 };
}

/** As many from the front as fit; names are ASCII, so characters are bytes. Two quotes and a comma come with each. */
function fit(names: readonly string[]): readonly string[] {
  let left = arrayBytes - 2;
  const end = names.findIndex((name) => (left -= name.length + 3) < 0);
  return end === -1 ? names : names.slice(0, end);
}
