/**
 * A process of the benchmark's own: a bare loop over requests that stand in a file (`METHOD PATH` a line), a fixed number
 * of them under way, every body read and dropped. It decides nothing, hashes nothing, and repeats nothing.
 */
import { readFileSync } from 'node:fs';
import { Agent } from 'undici';
import { manifestMediaTypes } from '../src/model/index.ts';
import { measured } from './usage.ts';

const [origin = '', file = '', connections = '16'] = process.argv.slice(2);
const requests = readFileSync(file, 'utf8').trim().split('\n');
const concurrency = Number(connections);
const agent = new Agent({ connections: concurrency, pipelining: 1, headersTimeout: 900_000 });
const headers = { accept: manifestMediaTypes.join(', '), 'accept-encoding': 'identity' };
const bad: string[] = [];

await measured(async () => {
  let next = 0;
  const work = async (): Promise<void> => {
    for (;;) {
      const [method = '', path = ''] = (requests[next++] ?? '').split(' ');
      if (path === '') return;
      // Left to itself undici closes the connection after each HEAD.
      const answer = await agent.request({ origin, path, method, headers, reset: false });
      await answer.body.arrayBuffer();
      if (answer.statusCode > 299 && !isExpected(path)) bad.push(`${method} ${path}: ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
});
await agent.close();
if (bad.length > 0) {
  console.error(`${bad.length} of ${requests.length} requests went wrong: ${bad[0] ?? ''}`);
  process.exitCode = 1;
}

/** The question whether there is a referrers API is answered 404 by distribution. */
function isExpected(path: string): boolean {
  return path.includes('/referrers/');
}
