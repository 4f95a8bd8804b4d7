/** What the kills so far have shown. */
import type { Line } from './content.ts';
import type { Phase } from './moments.ts';

export type Tally = {
  readonly kills: Map<Line, Map<Phase, number>>;
  /** Runs that were through before their moment came: not counted as killed, and looked at all the same. */
  ended: number;
  /** Tags and manifests that were to stay, asked for right after the kill. */
  keptAtOnce: number;
  /** Tags that a placeholder lay on when the run was killed. */
  covered: number;
  /** Journals whose last line was cut short, as a kill in the middle of writing it would leave it. */
  torn: number;
  reruns: number;
  /** That ended exactly as the undisturbed run. All others must after `apply`. */
  same: number;
  /** Manifests that the killed run was to delete, and to which no tag led any more. */
  leftManifests: number;
  /** Signatures and the like, whose image the killed run had deleted. */
  leftAttachments: number;
  /** That ended exactly so after `apply` with the plan and the journal of the killed run. */
  finished: number;
  restoresAtOnce: number;
  restoresAfterRerun: number;
  /** Compared with the start byte for byte, after restores. */
  tagsBack: number;
  manifestsBack: number;
  /** Of those, how many weren't there before the restore. */
  tagsPut: number;
  manifestsPut: number;
};

export function emptyTally(): Tally {
  return {
    kills: new Map(),
    ended: 0,
    keptAtOnce: 0,
    covered: 0,
    torn: 0,
    reruns: 0,
    same: 0,
    leftManifests: 0,
    leftAttachments: 0,
    finished: 0,
    restoresAtOnce: 0,
    restoresAfterRerun: 0,
    tagsBack: 0,
    manifestsBack: 0,
    tagsPut: 0,
    manifestsPut: 0,
  };
}

export function countKill({ kills }: Tally, line: Line, phase: Phase): void {
  const ofLine = kills.get(line) ?? new Map<Phase, number>();
  ofLine.set(phase, (ofLine.get(phase) ?? 0) + 1);
  kills.set(line, ofLine);
}

export function killsOf({ kills }: Tally, line?: Line): number {
  const counted = [...kills].filter(([each]) => line === undefined || each === line);
  return counted.flatMap(([, byPhase]) => [...byPhase.values()]).reduce((sum, count) => sum + count, 0);
}
