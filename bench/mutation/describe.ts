/** What became of the mutants, as a section of the page of results. PURE. */
import { z } from 'zod';
import { table, verdict } from '../results.ts';

/** Of a hundred mutants of a room so many must be noticed. */
const least = 90;
const rooms = ['policy', 'plan'] as const;

/** The part of Stryker's report (mutation-testing-report-schema) that is counted here. */
export const reportSchema = z.object({
  files: z.record(
    z.string(),
    z.object({ mutants: z.array(z.object({ mutatorName: z.string(), status: z.string() })) }),
  ),
});
export type MutationReport = z.infer<typeof reportSchema>;

export type Room = {
  readonly name: string;
  readonly mutants: number;
  readonly killed: number;
  /** Tests that didn't end any more: noticed as well. */
  readonly timedOut: number;
  readonly survived: number;
  /** No test so much as runs the line. */
  readonly uncovered: number;
  /** In which the tests couldn't be run at all. They prove nothing, so they are no part of the score. */
  readonly broken: number;
  /** Killed and timed out, in percent of all that weren't broken; NaN for none. */
  readonly score: number;
};

/** Room by room; those without a mutant are left out. */
export function scores(report: MutationReport): readonly Room[] {
  return rooms
    .map((name): Room => {
      const mutants = mutantsIn(report, name);
      const count = (status: string): number => mutants.filter((mutant) => mutant.status === status).length;
      const [killed, timedOut, survived, uncovered] = ['Killed', 'Timeout', 'Survived', 'NoCoverage'].map(count) as [
        number,
        number,
        number,
        number,
      ];
      const valid = killed + timedOut + survived + uncovered;
      const broken = mutants.length - valid;
      const score = ((killed + timedOut) / valid) * 100;
      return { name, mutants: mutants.length, killed, timedOut, survived, uncovered, broken, score };
    })
    .filter(({ mutants }) => mutants > 0);
}

/** Whether enough was noticed in every room that was changed, and, where all were to be, in all of them. */
export function isEnough(report: MutationReport, wanted: 'all' | 'some'): boolean {
  const found = scores(report);
  return found.length >= (wanted === 'all' ? rooms.length : 1) && found.every(({ score }) => score >= least);
}

function mutantsIn({ files }: MutationReport, room: string): MutationReport['files'][string]['mutants'] {
  return Object.entries(files).flatMap(([file, { mutants }]) => (file.startsWith(`src/${room}/`) ? mutants : []));
}

export type Mutated = {
  readonly report: MutationReport;
  readonly command: string;
  readonly minutes: number;
  readonly machine: string;
  /** Of Stryker. */
  readonly version: string;
};

export function describeMutation({ report, command, minutes, machine, version }: Mutated): string {
  const number = (value: number): string => value.toLocaleString('en-US');
  const found = scores(report);
  const kinds = [...new Set(rooms.flatMap((room) => mutantsIn(report, room).map(({ mutatorName }) => mutatorName)))];
  const left = (room: string, kind: string): string => {
    const of = mutantsIn(report, room).filter(({ mutatorName }) => mutatorName === kind);
    const alive = of.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
    return `${alive.length} of ${of.length}`;
  };
  return [
    `\`${command}\`, ${Math.round(minutes)} minutes: Stryker ${version}, ${machine}.`,
    table(
      [
        ...['room', 'mutants:', 'killed:', 'timed out:', 'survived:', 'in no test:', 'broken:', 'noticed:'],
        `at least ${least} %`,
      ],
      found.map(({ name, mutants, killed, timedOut, survived, uncovered, broken, score }) => [
        ...[`\`${name}/\``, ...[mutants, killed, timedOut, survived, uncovered, broken].map(number)],
        ...[`${score.toFixed(1)} %`, verdict(score, { least })],
      ]),
    ),
    table(
      ['not noticed, by kind of change', ...found.map(({ name }) => `\`${name}/\`:`)],
      kinds.toSorted().map((kind) => [kind, ...found.map(({ name }) => left(name, kind))]),
    ),
  ].join('\n\n');
}
