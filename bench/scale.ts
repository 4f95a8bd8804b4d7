/** How much is measured: what the results are of, and for `--quick` a size to try the benchmark itself with. */

export type Scale = {
  /** Images of a dry run. */
  readonly images: number;
  readonly rounds: number;
  /** Tags of the repositories that are emptied but for `kept`. */
  readonly deleting: readonly { readonly tags: number; readonly rounds: number; readonly byDigest: 'all' | number }[];
  readonly kept: number;
  /** Tags in one repository, and repositories of ten tags. */
  readonly memory: { readonly tags: number; readonly repositories: number };
  readonly starts: number;
  /** Tags that the other tools are given. */
  readonly peers: number;
};

export const fullScale: Scale = {
  images: 10_000,
  rounds: 3,
  deleting: [
    { tags: 1_000, rounds: 3, byDigest: 'all' },
    { tags: 4_000, rounds: 1, byDigest: 'all' },
    // In full it would take hours: so many deletions are measured there, and the rest is computed.
    { tags: 16_000, rounds: 1, byDigest: 64 },
  ],
  kept: 20,
  memory: { tags: 100_000, repositories: 10_000 },
  starts: 10,
  peers: 1_000,
};

export const quickScale: Scale = {
  images: 200,
  rounds: 1,
  deleting: [
    { tags: 100, rounds: 1, byDigest: 'all' },
    { tags: 200, rounds: 1, byDigest: 'all' },
    { tags: 400, rounds: 1, byDigest: 16 },
  ],
  kept: 20,
  memory: { tags: 500, repositories: 50 },
  starts: 3,
  peers: 60,
};
