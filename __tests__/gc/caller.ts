// A caller of its own process, to be killed: `node caller.ts PATH URL SERVICE LIMITS MORE`. It writes what it says.

import { setTimeout as sleep } from 'node:timers/promises';
import { collect } from '../../src/gc/index.ts';
import { localHost } from '../../src/machine/index.ts';

const [path = '', url = '', service = '', limits = '{}', more = '{}'] = process.argv.slice(2);
const host = localHost({ env: { ...process.env, PATH: path } });
const collection = await collect({
  host,
  service: JSON.parse(service) as Parameters<typeof collect>[0]['service'],
  mode: 'offline',
  registryAnswers: async () => {
    const answer = await fetch(`${url}/v2/`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    await answer?.arrayBuffer();
    return answer?.status === 200;
  },
  who: 'a caller of the tests',
  say: (line) => {
    process.stdout.write(`${line}\n`);
  },
  now: () => new Date(),
  sleep: (ms) => sleep(ms),
  limits: JSON.parse(limits) as object,
  ...(JSON.parse(more) as object),
});
process.stdout.write(`${JSON.stringify(collection)}\n`);
await host.close();
