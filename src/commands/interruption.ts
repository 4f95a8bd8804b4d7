/** What an interruption of the run means to a command. */
import { Interrupted, unlessAborted, type Runtime } from '../runtime/index.ts';

/**
 * What only looks, before the first request that could change anything: an interruption ends it at once, whatever it waits
 * for, by an `Interrupted` that says so.
 */
export async function whileLooking<Seen>({ interrupted }: Runtime, look: () => Promise<Seen>): Promise<Seen> {
  try {
    interrupted.throwIfAborted();
    return await unlessAborted(interrupted, look());
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(error.by, ' while it was still looking at what is there: nothing was deleted');
  }
}

/** The part of a report that says that the run was interrupted, and by what. */
export function interruptedBy({ interrupted }: Runtime): { readonly interruptedBy?: string } {
  if (!interrupted.aborted) return {};
  const { reason } = interrupted as { readonly reason: unknown };
  return { interruptedBy: reason instanceof Interrupted ? reason.by : String(reason) };
}
