/**
 * credentials/: whose account asks the registry. The action's inputs first, else what `docker login` left on this
 * machine, else nobody. Reads Docker's configuration and runs its credential helpers; sends nothing anywhere.
 */
export type { Credentials } from './credentials.ts';
