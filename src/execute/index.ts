/** execute/: carries a plan out: probe, journal, recheck, remove, prove. */
export { openJournal, type Journal } from './journal.ts';
export { carryOut, type CarriedOut, type Order } from './repository.ts';
export {
  JournalError,
  longestJournal,
  readJournal,
  type JournaledManifest,
  type ReadJournal,
} from './journal-reader.ts';
export { findMissing } from './missing.ts';
export { putBack } from './restore.ts';
export type { Site } from './site.ts';
export { outcomesOfUnlinking, type Unlinking } from './unlinked.ts';
export { probe } from './probe.ts';
export { proveBlobs } from './prove-blobs.ts';
