/** What came of many kills, as a section of the page of results. PURE. */
import type { Line } from '../../__tests__/kills/content.ts';
import { phases, type Phase } from '../../__tests__/kills/moments.ts';
import { killsOf, type Tally } from '../../__tests__/kills/tally.ts';
import { table } from '../results.ts';

export type Broken = { readonly seed: number; readonly line: Line };

export type Killed = {
  readonly firstSeed: number;
  readonly lastSeed: number;
  readonly minutes: number;
  readonly machine: string;
  readonly tally: Tally;
  /** Seeds in which something did not hold. */
  readonly broken: readonly Broken[];
};

const words: Readonly<Record<Phase, string>> = {
  looking: 'looking at what is there',
  asking: 'asking whether the registry deletes, before the journal',
  journaled: 'between the journal and the first change',
  tags: 'deleting tags by themselves',
  manifests: 'deleting manifests, tags with them',
  between: 'between two batches',
  proof: 'the proof',
  reported: 'after the report',
};

export function describeKills({ firstSeed, lastSeed, minutes, machine, tally, broken }: Killed): string {
  const number = (value: number): string => value.toLocaleString('en-US');
  const kills = killsOf(tally);
  const lines = ['2.8', '3.1'] as const;
  const inPhase = (phase: Phase, line: Line): number => tally.kills.get(line)?.get(phase) ?? 0;
  const seeds = broken.map(({ seed, line }) => `${seed} on ${line}`).slice(0, 20);
  const command = `npm run kills -- ${kills}${firstSeed === 1 ? '' : ` --seed ${firstSeed}`}`;
  return [
    `\`${command}\`, ${Math.round(minutes)} minutes: ${machine}.`,
    table(
      ['killed while', 'on 2.8:', 'on 3.1:'],
      [
        ...phases.map((phase) => [words[phase], ...lines.map((line) => number(inPhase(phase, line)))]),
        ['all', ...lines.map((line) => number(killsOf(tally, line)))],
      ],
    ),
    table(
      ['what came of it', `seeds ${firstSeed} to ${lastSeed}:`],
      [
        ['SIGKILLs', number(kills)],
        ['tags and manifests that were to stay, unharmed right after the kill', number(tally.keptAtOnce)],
        ['tags under a placeholder right after the kill', number(tally.covered)],
        ['journals cut in the middle of a line', number(tally.torn)],
        ['reruns, all of them successes', number(tally.reruns)],
        ['that ended exactly as an undisturbed run: all tags, all manifests of the storage', number(tally.same)],
        ['manifests left without a tag, all in plan and journal of the killed run', number(tally.leftManifests)],
        ['tags of attachments left, all in plan and journal of the killed run', number(tally.leftAttachments)],
        ['that ended exactly so after apply with plan and journal of the killed run', number(tally.finished)],
        ['restores right after the kill', number(tally.restoresAtOnce)],
        ['restores after the rerun', number(tally.restoresAfterRerun)],
        ['tags compared with the start after them, byte for byte', number(tally.tagsBack)],
        ['of these put back', number(tally.tagsPut)],
        ['manifests compared with the start after them, byte for byte', number(tally.manifestsBack)],
        ['of these put back', number(tally.manifestsPut)],
        ['runs that were through before the signal, not counted as kills', number(tally.ended)],
      ],
    ),
    table(
      ['what must not be', 'in kills:'],
      [
        [
          'something kept lost, something not finished, not explained or not restored',
          broken.length === 0 ? '0' : `**${broken.length}** (seeds ${seeds.join(', ')})`,
        ],
      ],
    ),
  ].join('\n\n');
}
