/** The registry, with the credentials that were given or that Docker's configuration has for it. */
import type { Access } from '../config/index.ts';
import { findCredentials, secretsOf } from '../credentials/index.ts';
import { program } from '../model/index.ts';
import { connect, type Registry } from '../registry/index.ts';
import type { Runtime } from '../runtime/index.ts';

export async function openRegistry(runtime: Runtime, access: Access): Promise<Registry> {
  const { origin, username, password, caCertificate, tlsVerify, concurrency } = access;
  const { credentials, from } = await findCredentials({
    origin,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    env: runtime.env,
    homeDir: runtime.homeDir,
  });
  // Those of Docker's configuration are nobody's input, and to be hidden all the same.
  for (const secret of secretsOf(credentials)) runtime.maskSecret(secret);
  runtime.log.info(`${origin}, credentials: ${from}`);
  return connect({
    origin,
    credentials,
    ...(caCertificate === undefined ? {} : { caCertificate }),
    tlsVerify,
    concurrency,
    ...(runtime.patienceMs === undefined ? {} : { patienceMs: runtime.patienceMs }),
    env: runtime.env,
    userAgent: program,
    sleep: (ms) => runtime.sleep(ms),
    random: () => runtime.random(),
    now: () => runtime.now(),
    interrupted: runtime.interrupted,
    signal: runtime.outOfTime,
    onSecret: (secret) => {
      runtime.maskSecret(secret);
    },
    onNotice: (line) => {
      runtime.log.info(line);
    },
    onRequest: (seen) => {
      runtime.log.debug(`${seen.method} ${seen.path} ${seen.status ?? 'no answer'} ${Math.round(seen.durationMs)} ms`);
    },
  });
}
