/** A plan that was made earlier: how large it was, and what of it is not done any more. */
import type { Instant, Plan } from '../model/index.ts';
import type { RunReport } from './run-report.ts';
import { renderCount, renderInstant } from './words.ts';

export type AppliedPlan = {
  readonly madeAt: Instant;
  /** Name and version of the program that made it. */
  readonly program: string;
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  /** Manifests in the journal of the run that had begun to carry it out, and that this one finishes. */
  readonly journaled?: number;
};

export function sizeOf({ madeAt, program, repositories }: Plan, journaled?: number): AppliedPlan {
  const count = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0);
  return {
    madeAt,
    program,
    repositories: repositories.length,
    tags: count(repositories.map(({ tags }) => tags.length)),
    manifests: count(repositories.map(({ manifests }) => manifests.length)),
    ...(journaled !== undefined && { journaled }),
  };
}

/** In front of what was done; nothing for a run that made its plan itself. */
export function renderApplied({ applied, repositories }: RunReport): readonly string[] {
  if (applied === undefined) return [];
  const outcomes = repositories.flatMap((each) => each.outcomes);
  const counted = (result: 'spared' | 'already-gone'): string => {
    const subjects = outcomes.filter((outcome) => outcome.result === result).map(({ subject }) => subject);
    const tags = subjects.filter(({ kind }) => kind === 'tag').length;
    return `${renderCount(tags, 'tag')} and ${renderCount(subjects.length - tags, 'manifest')}`;
  };
  const isLeft = repositories.some(
    ({ failures, plan, outcomes: all }) =>
      failures.length > 0 ||
      (plan !== undefined && plan.tags.length + plan.manifests.length > 0) ||
      all.some(({ result }) => result === 'done' || result === 'failed'),
  );
  return [
    `The plan of ${renderInstant(applied.madeAt)} names ${renderCount(applied.tags, 'tag')} and ${renderCount(applied.manifests, 'manifest')}:`,
    `${counted('spared')} spared, ${counted('already-gone')} gone already.`,
    ...(applied.journaled === undefined
      ? []
      : [`This finishes a run whose journal has ${renderCount(applied.journaled, 'manifest')} of it.`]),
    ...(isLeft ? [] : ['Nothing of it was left to do.']),
  ];
}
