/** What there is to say of a run that was ended before its time. */
import type { Problem } from '../model/index.ts';
import type { RepositoryReport, RunReport } from './run-report.ts';
import { renderCount } from './words.ts';

/** Its place among the problems; `undefined` where the run came to its own end. */
export function interruptionFailure({ interruptedBy, repositories }: RunReport): Problem | undefined {
  if (interruptedBy === undefined) return undefined;
  const left = repositories.map(leftOf).filter((each) => each.length > 0);
  const count = (kind: 'tag' | 'manifest'): string =>
    renderCount(left.flat().filter(({ subject }) => subject.kind === kind).length, kind);
  const places = renderCount(left.length, 'repository', 'repositories');
  const untagged = repositories.reduce((sum, each) => sum + untaggedByNow(each), 0);
  const again = 'Run it again: what is done stays done, and what is left is planned anew.';
  return {
    at: interruptedBy,
    what:
      left.length === 0
        ? 'the run was interrupted; no deletion was left to do'
        : `the run was interrupted: ${count('tag')} and ${count('manifest')} in ${places} are left as they were`,
    wayOut:
      untagged === 0
        ? again
        : `${again} ${renderCount(untagged, 'image')} of these ${untagged === 1 ? 'has' : 'have'} no tag any more: delete-untagged finds such images, and the journal file has them.`,
  };
}

function leftOf({ outcomes }: RepositoryReport): RepositoryReport['outcomes'] {
  return outcomes.filter((outcome) => outcome.result === 'spared' && outcome.why === 'interrupted');
}

/** Images that this run took all tags from before it came to delete them. */
function untaggedByNow(report: RepositoryReport): number {
  const left = leftOf(report).flatMap(({ subject }) => (subject.kind === 'manifest' ? subject.digest : []));
  if (left.length === 0) return 0;
  const tagsOf = Map.groupBy(report.plan?.tags ?? [], ({ digest }) => digest);
  const done = new Set(
    report.outcomes.flatMap(({ subject, result }) => (subject.kind === 'tag' && result === 'done' ? subject.tag : [])),
  );
  return left.filter((digest) => tagsOf.get(digest)?.every(({ tag }) => done.has(tag)) === true).length;
}
