/** The inputs that every door has: which registry, as whom, and how. */
import type { Origin } from '../model/index.ts';
import { parsePassword, parseUsername } from './account.ts';
import { parseCertificate } from './certificate.ts';
import type { Reader } from './read.ts';
import { parseRegistry } from './registry.ts';
import { valueOf } from './rule.ts';
import { parseConcurrency, parseBoolean } from './scalars.ts';

export type Access = {
  readonly origin: Origin;
  readonly username?: string;
  readonly password?: string;
  /** PEM text. */
  readonly caCertificate?: string;
  readonly tlsVerify: boolean;
  /** Requests at once. */
  readonly concurrency: number;
};

type Names = 'registry' | 'username' | 'password' | 'ca-certificate' | 'tls-verify' | 'concurrency';

/** `undefined` where anything is wrong with it, and that was reported. */
export function readAccess({ read, text }: Reader<Names>, readFile: (path: string) => string): Access | undefined {
  const origin = valueOf(read('registry', parseRegistry));
  const username = valueOf(read('username', (name) => parseUsername(name, text('password') !== undefined)));
  const password = valueOf(read('password', (secret) => parsePassword(secret, text('username') !== undefined)));
  const caCertificate = valueOf(read('ca-certificate', (pem) => parseCertificate(pem, readFile)));
  const tlsVerify = valueOf(read('tls-verify', parseBoolean));
  const concurrency = valueOf(read('concurrency', parseConcurrency));
  if (origin === undefined || tlsVerify === undefined || concurrency === undefined) return undefined;
  return {
    origin,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(caCertificate !== undefined && { caCertificate }),
    tlsVerify,
    concurrency,
  };
}
