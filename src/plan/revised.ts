/** Untagged manifests go for their age alone, so it is looked at again. */
import { secondsOf, type PlannedManifest, type Snapshot } from '../model/index.ts';

/**
 * The host's clock is read anew with the storage, each time as exactly as the line that tells it comes quickly: two
 * readings of one file's time may differ by seconds. A push since is as far away as the grace.
 */
const slackSeconds = 10;

/** Whether an untagged manifest's link is still the one that the plan was made from. True for all other manifests. */
export function isAsOld(
  { digest, role, revisedAt }: Pick<PlannedManifest, 'digest' | 'role' | 'revisedAt'>,
  snapshot: Snapshot,
): boolean {
  if (role !== 'untagged') return true;
  const at = snapshot.revisions?.get(digest);
  return at !== undefined && revisedAt !== undefined && secondsOf(at) <= secondsOf(revisedAt) + slackSeconds;
}
