/** What a restore has to say, as one value, and what of it fails the step. */
import type { Instant, Origin, Problem, RepositoryName, Restoration } from '../model/index.ts';
import { renderCount } from './words.ts';

/** The report file of a restore is this value as JSON. */
export type RestoreReport = {
  readonly format: 'registry-prune.restore-report';
  readonly version: 1;
  /** Name and version of the program. */
  readonly program: string;
  readonly registry: Origin;
  readonly dryRun: boolean;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  /** As the input says it. */
  readonly journalFile: string;
  readonly repositories: readonly RestoredRepository[];
  /** What is odd about the journal. */
  readonly warnings: readonly Problem[];
};

export type RestoredRepository = {
  readonly repository: RepositoryName;
  /** One for each manifest that the journal has of it, and one for each tag. */
  readonly restorations: readonly Restoration[];
};

export type RestoreTotals = Readonly<Record<'tags' | 'manifests', Readonly<Record<Restoration['result'], number>>>>;

export function restoreTotalsOf(repositories: readonly RestoredRepository[]): RestoreTotals {
  const all = repositories.flatMap((each) => each.restorations);
  const count = (kind: 'tag' | 'manifest'): RestoreTotals['tags'] => {
    const found = { due: 0, there: 0, restored: 0, taken: 0, placeholder: 0, lost: 0, failed: 0 };
    for (const { subject, result } of all) if (subject.kind === kind) found[result] += 1;
    return found;
  };
  return { tags: count('tag'), manifests: count('manifest') };
}

/** What the journal has and the registry has not, for good or until it is tried again; each once. */
export function restoreFailuresOf(report: RestoreReport): readonly Problem[] {
  const problems = report.repositories.flatMap(({ restorations }) => {
    const lost = restorations.filter((each) => each.result === 'lost');
    const said = new Set(lost.flatMap(({ subject, missing }) => (subject.kind === 'tag' ? missing : [])));
    return restorations.flatMap((each): readonly Problem[] => {
      if (each.result === 'failed') return [each.why];
      // A platform of an image whose tag is said to be lost for the same parts.
      if (each.result !== 'lost' || (each.subject.kind === 'manifest' && each.missing.every((part) => said.has(part))))
        return [];
      return [{ at: placeOf(each), what: explainLost(each.missing), wayOut: 'Build and push it again.' }];
    });
  });
  return [...new Map(problems.map((problem) => [`${problem.at} ${problem.what}`, problem])).values()];
}

export function restoreWarningsOf(report: RestoreReport): readonly Problem[] {
  const all = report.repositories.flatMap((each) => each.restorations);
  return [
    ...report.warnings,
    ...all.flatMap((each): readonly Problem[] => {
      if (each.subject.kind !== 'tag') return [];
      const at = placeOf(each);
      if (each.result === 'taken')
        return [
          {
            at,
            what: `it names ${each.by} by now, and was left as it is`,
            wayOut: `What the journal has is ${each.repository}@${each.digest}: give that a tag by hand if it is wanted.`,
          },
        ];
      if (each.result === 'placeholder')
        return [
          {
            at,
            what: 'what the journal has of it is a placeholder that an earlier run had left',
            wayOut: 'Its image is in the journal of that run: restore that one.',
          },
        ];
      return [];
    }),
  ];
}

/** `apps/web:1.0`, or by digest. */
export function placeOf({ repository, subject }: Restoration): string {
  return subject.kind === 'tag' ? `${repository}:${subject.tag}` : `${repository}@${subject.digest}`;
}

export function explainLost(missing: readonly string[]): string {
  const [first = 'a part of it', ...others] = missing;
  const parts = others.length === 0 ? first : `${first} and ${renderCount(others.length, 'more part')} of it`;
  return `it can't be put back: the registry has collected ${parts}, and no journal holds layers`;
}
