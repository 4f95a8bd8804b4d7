/** What the runs so far have done. */
export type Tally = {
  /** Of the program: a story has several. */
  commands: number;
  /** That ended with a failed step. */
  failed: number;
  /** That reached the registry, or the relay before it. */
  requests: number;
  readonly faults: Map<string, number>;
  /** Things that others did meanwhile. */
  deeds: number;
  /** Tags that were planned to go. */
  planned: number;
  tagsGone: number;
  manifestsGone: number;
  /** Tags that stayed, each looked at with all that it takes to pull it. */
  kept: number;
  /** The longest command, by its own clock, in milliseconds: the waiting between tries. */
  longestMs: number;
};

export function emptyTally(): Tally {
  return {
    commands: 0,
    failed: 0,
    requests: 0,
    faults: new Map(),
    deeds: 0,
    planned: 0,
    tagsGone: 0,
    manifestsGone: 0,
    kept: 0,
    longestMs: 0,
  };
}
