/** From the start of the process to its first request: `node dist/index.js` against one bare request of the same node. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { withFolder } from './folder.ts';
import { bundle } from './jobs.ts';
import { median } from './machine.ts';
import { table, verdict } from './results.ts';
import type { Scale } from './scale.ts';

const mostMs = 250;

export async function measureStart(scale: Scale): Promise<string> {
  const ours: number[] = [];
  const bare: number[] = [];
  await withFolder(tmpdir(), async (folder) => {
    // The first of each reads its files from the disk, and isn't counted.
    for (let round = 0; round <= scale.starts; round += 1) {
      ours.push(await untilRequest([bundle], folder));
      bare.push(await untilRequest(['-e', "require('node:http').get(process.env.INPUT_REGISTRY)"], folder));
    }
  });
  const [own, node] = [median(ours.slice(1)), median(bare.slice(1))];
  console.log(`start: ${ours.map(Math.round).join(', ')} ms; bare ${bare.map(Math.round).join(', ')} ms`);
  return [
    `Median of ${scale.starts} starts, in turns. The bare one is \`node -e "require('node:http').get(URL)"\`.`,
    '',
    table(
      ['from process start to the first request', 'time:', `under ${mostMs} ms`],
      [
        ['node dist/index.js', `${own.toFixed(0)} ms`, verdict(own, { most: mostMs })],
        ['a bare request', `${node.toFixed(0)} ms`, ''],
        ['ratio', (own / node).toFixed(2), ''],
      ],
    ),
  ].join('\n');
}

/** Milliseconds. The process is ended as soon as its first request is here. */
async function untilRequest(args: readonly string[], folder: string): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    RUNNER_TEMP: folder,
    INPUT_REGISTRY: `http://127.0.0.1:${port}`,
    INPUT_REPOSITORIES: 'apps/web',
    'INPUT_KEEP-LAST': '20',
    'INPUT_DRY-RUN': 'true',
  };
  const begun = performance.now();
  const child = spawn(process.execPath, args, { env, cwd: folder, stdio: 'ignore' });
  const asked = once(server, 'request').then(() => performance.now() - begun);
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${args.join(' ')} ended without a request.`);
  });
  // Killed below, it ends after its request: nobody waits for that.
  ended.catch(() => undefined);
  try {
    return await Promise.race([asked, ended]);
  } finally {
    child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
  }
}
