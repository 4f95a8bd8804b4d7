// A real Redis of the tests' own.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../real/registry-process.ts';

export type RedisServer = {
  readonly address: string;
  readonly password: string;
  readonly pid: number;
  /** What redis-cli prints for a command in that database. */
  cli(db: number, ...command: readonly string[]): string;
  stop(): Promise<void>;
};

export const redisMissing =
  spawnSync('redis-server', ['--version']).error === undefined ? undefined : 'no redis-server';

// What a shell, YAML and both of Redis' own languages would take for something else.
const password = String.raw`p"a's $x\y`;

export async function startRedis(): Promise<RedisServer> {
  const port = await freePort();
  const server = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--requirepass', password],
    { stdio: 'ignore' },
  );
  const cli = (db: number, ...command: readonly string[]): string =>
    spawnSync('redis-cli', ['-p', String(port), '-n', String(db), ...command], {
      encoding: 'utf8',
      env: { ...process.env, REDISCLI_AUTH: password },
    }).stdout.trim();
  for (let tries = 0; cli(0, 'PING') !== 'PONG'; tries += 1) {
    if (tries > 200) throw new Error('redis-server does not answer');
    await sleep(50);
  }
  return {
    address: `127.0.0.1:${port}`,
    password,
    pid: server.pid ?? -1,
    cli,
    async stop() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      const exit = once(server, 'exit');
      server.kill();
      await exit;
    },
  };
}
