/**
 * credentials/: whose account asks the registry. The action's inputs first, else what `docker login` left on this
 * machine, else nobody. Reads Docker's configuration and runs its credential helpers; sends nothing anywhere.
 */
export type { Credentials } from './credentials.ts';
export { CredentialsError } from './errors.ts';
export { findCredentials, secretsOf, type FindOptions, type FoundCredentials } from './find.ts';
export type { HelperAnswer, RunHelper } from './helper.ts';
