/** Says what came of a run: log, summary, outputs, report file, and whether the step fails. */
import {
  failuresOf,
  isQuiet,
  warningsOf,
  renderReferences,
  renderShard,
  renderConclusion,
  renderGroup,
  renderLeftOut,
  renderPlanTables,
  renderOutputs,
  renderProblem,
  renderRestoreConclusion,
  renderRestored,
  renderRestoreOutputs,
  renderRestoreSummary,
  renderSummary,
  restoreFailuresOf,
  restoreWarningsOf,
  tagLinesShown,
  wrongLinesShown,
  type RepositoryReport,
  type RestoredRepository,
  type RestoreReport,
  type RunReport,
} from '../report/index.ts';
import { printJson, type Problem, type Reference, type Shard } from '../model/index.ts';
import type { FailureKind, Runtime } from '../runtime/index.ts';

/** What the log of a run still has room for. */
export class LogRoom {
  #left = tagLinesShown;
  #leftForWrong = wrongLinesShown;
  readonly #leftOut = { quiet: 0, wrong: 0 };

  /**
   * Once the log is full only those repositories are shown in which something is wrong, and of them as many as there is room
   * for. Where tables are drawn, a dry run's
   * are drawn of all repositories together, at its end.
   */
  show(runtime: Runtime, report: RepositoryReport, dryRun: boolean): void {
    if (dryRun && runtime.draw !== undefined) return;
    const kind = isQuiet(report) ? 'quiet' : 'wrong';
    if (this.#left === 0 && (kind === 'quiet' || this.#leftForWrong === 0)) {
      this.#leftOut[kind] += 1;
      return;
    }
    const { title, lines } = renderGroup(report, dryRun, this.#left);
    // Its title is a line as well.
    const taken = lines.length + 1;
    if (this.#left === 0) this.#leftForWrong = Math.max(0, this.#leftForWrong - taken);
    this.#left = Math.max(0, this.#left - taken);
    runtime.log.group(title, lines);
  }

  /** After the last one. */
  close(runtime: Runtime): void {
    for (const line of renderLeftOut(this.#leftOut.quiet, this.#leftOut.wrong)) runtime.log.info(line);
  }
}

/** What would go, and with `kept` what stays, as tables, where somebody sees them. */
export function drawPlan(
  { draw, columns }: Pick<Runtime, 'draw' | 'columns'>,
  reports: readonly RepositoryReport[],
  kept: boolean,
): void {
  draw?.(renderPlanTables(reports, { columns, kept }));
}

export function logRestored(runtime: Runtime, restored: RestoredRepository, dryRun: boolean): void {
  const { title, lines } = renderRestored(restored, dryRun);
  runtime.log.group(title, lines);
}

export function logShard(runtime: Runtime, shard: Shard, here: number, elsewhere: number): void {
  runtime.log.info(renderShard(shard, here, elsewhere));
}

export function logReferences(runtime: Runtime, references: readonly Reference[]): void {
  const group = renderReferences(references);
  if (group !== undefined) runtime.log.group(group.title, group.lines);
}

/** Annotations are few on GitHub's page (10 of a kind a step); the log has every problem. */
const annotationsShown = 10;

/** `kind`: what sort of failure it is, where it is one. */
export function publish(runtime: Runtime, report: RunReport, reportFile: string, kind?: FailureKind): Promise<void> {
  if (report.dryRun) drawPlan(runtime, report.repositories, true);
  return tell(runtime, report, {
    kind,
    reportFile,
    outputs: renderOutputs(report),
    summary: renderSummary(report),
    warnings: warningsOf(report),
    failures: failuresOf(report),
    conclusion: renderConclusion(report),
  });
}

export function publishRestore(runtime: Runtime, report: RestoreReport, reportFile: string): Promise<void> {
  return tell(runtime, report, {
    reportFile,
    outputs: renderRestoreOutputs(report),
    summary: renderRestoreSummary(report),
    warnings: restoreWarningsOf(report),
    failures: restoreFailuresOf(report),
    conclusion: renderRestoreConclusion(report),
  });
}

type Words = {
  readonly kind?: FailureKind | undefined;
  readonly reportFile: string;
  readonly outputs: ReadonlyMap<string, string>;
  readonly summary: string;
  readonly warnings: readonly Problem[];
  readonly failures: readonly Problem[];
  readonly conclusion: string;
};

async function tell(runtime: Runtime, report: object, words: Words): Promise<void> {
  const { kind, reportFile, outputs, summary, warnings, failures, conclusion } = words;
  // It quotes the registry's own words, and workflows upload it: a registry may repeat what it was sent.
  const shown = (_: string, value: unknown): unknown =>
    typeof value === 'string' ? runtime.withoutSecrets(value) : value;
  // Where nothing is escaped every text stands as it is, and a secret in one would be seen.
  const isFine = (text: string): boolean => !text.includes('\\') && runtime.withoutSecrets(text) === text;
  // Down to each tag.
  await runtime.files.writePrivateFile(reportFile, printJson(report, 5, { replace: shown, isFine }));
  for (const [name, value] of outputs) runtime.setOutput(name, value);
  runtime.setOutput('report-file', reportFile);
  await runtime.writeSummary(summary);

  for (const warning of warnings.slice(0, annotationsShown)) tellOf(runtime.log.warning, warning);
  for (const failure of failures.slice(0, annotationsShown)) tellOf(runtime.log.error, failure);
  runtime.log.info(conclusion);
  if (failures.length > 0) runtime.fail(lastWords(failures, kind), kind);
}

function lastWords(failures: readonly Problem[], kind: FailureKind | undefined): string {
  const [failure, ...others] = failures;
  if (failure === undefined || others.length > 0) return `${failures.length} things went wrong; they are named above.`;
  // A no is said once: nothing went wrong.
  return kind === 'refused' ? renderProblem(failure) : 'One thing went wrong; it is named above.';
}

function tellOf(annotate: Runtime['log']['error'], problem: Problem): void {
  annotate(renderProblem(problem), undefined, problem.place);
}
