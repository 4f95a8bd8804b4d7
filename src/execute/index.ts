/** execute/: carries a plan out: probe, journal, recheck, remove, prove. */
export { openJournal, type Journal } from './journal.ts';
export { carryOut, type CarriedOut, type Order } from './repository.ts';
export type { Site } from './site.ts';
