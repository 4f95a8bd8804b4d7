/** What came of many random runs, as a section of the page of results. PURE. */
import type { Tally } from '../../__tests__/soak/tally.ts';
import { violationKinds, type ViolationKind } from '../../__tests__/soak/violation.ts';
import { table } from '../results.ts';

export type Soaked = {
  readonly firstSeed: number;
  readonly count: number;
  readonly minutes: number;
  readonly machine: string;
  readonly tally: Tally;
  readonly violations: readonly { readonly seed: number; readonly kind: ViolationKind }[];
};

const kinds: Readonly<Record<ViolationKind, string>> = {
  loss: 'kept images lost, whole or in part',
  leak: 'secrets where they have no business',
  status: 'wrong exit statuses',
  bound: 'runs that did not end in time',
  other: 'other broken promises',
};

export function describeSoak({ firstSeed, count, minutes, machine, tally, violations }: Soaked): string {
  const number = (value: number): string => value.toLocaleString('en-US');
  const faults = [...tally.faults].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const runsWith = (kind: ViolationKind): string => {
    const seeds = violations.filter((each) => each.kind === kind).map(({ seed }) => seed);
    return seeds.length === 0 ? '0' : `**${seeds.length}** (seeds ${seeds.slice(0, 20).join(', ')})`;
  };
  const last = firstSeed + count - 1;
  const command = `npm run soak -- ${count}${firstSeed === 1 ? '' : ` --seed ${firstSeed}`}`;
  return [
    `\`${command}\`, ${Math.round(minutes)} minutes: ${machine}.`,
    table(
      ['in the runs', `seeds ${firstSeed} to ${last}:`],
      [
        ['random runs', number(count)],
        ['starts of the program', number(tally.commands)],
        ['that failed, as they had to', number(tally.failed)],
        ['requests', number(tally.requests)],
        ['faults', number(faults.reduce((sum, [, times]) => sum + times, 0))],
        ['pushes, moves and deletions by others meanwhile', number(tally.deeds)],
        ['tags deleted', number(tally.tagsGone)],
        ['manifests deleted', number(tally.manifestsGone)],
        ['tags that stayed, proven to be whole', number(tally.kept)],
        ['longest wait between tries, by its own clock', `${number(Math.round(tally.longestMs / 60_000))} min`],
      ],
    ),
    table(
      ['fault', 'times:'],
      faults.map(([kind, times]) => [kind, number(times)]),
    ),
    table(
      ['what must not be', 'in runs:'],
      violationKinds.map((kind) => [kinds[kind], runsWith(kind)]),
    ),
  ].join('\n\n');
}
