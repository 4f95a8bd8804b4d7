/** What carrying out a plan works with, in one repository. */
import type { ContentMemory } from '../inventory/index.ts';
import type { Instant, Problem, RepositoryName } from '../model/index.ts';
import { RegistryError, type Registry } from '../registry/index.ts';
import type { Counter } from '../runtime/index.ts';
import type { Journal } from './journal.ts';

export type Site = {
  readonly registry: Registry;
  readonly repository: RepositoryName;
  readonly memory: ContentMemory;
  readonly journal: Journal;
  readonly now: () => Instant;
  readonly random: () => number;
  /** Of the tags and manifests whose turn has come. */
  readonly progress?: Counter | undefined;
};

const runAgain = 'Run it again: what is done stays done, and what is left is planned anew.';

/** An error as something to show, with its place and its way out: `otherwise`, where it has none of its own. */
export function problemOf(at: string, error: unknown, otherwise = runAgain): Problem {
  if (error instanceof RegistryError) return { at, what: error.message, wayOut: error.wayOut };
  const what = error instanceof Error ? error.message : String(error);
  return { at, what, wayOut: otherwise };
}

/**
 * Whether the call that failed with this had changed nothing when the run was interrupted. Nobody's fault: what it was to do is
 * left, and the run says so once.
 */
export function isUnsent({ registry: { interrupted } }: Pick<Site, 'registry'>, error: unknown): boolean {
  return interrupted.aborted && error === interrupted.reason;
}

/** Whether the error says that everything else will fail as well. */
export function isFinal(error: unknown): boolean {
  return error instanceof RegistryError && ['unreachable', 'tls', 'unauthorized', 'rate-limited'].includes(error.kind);
}
