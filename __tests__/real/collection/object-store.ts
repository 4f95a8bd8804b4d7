/** An object store that speaks S3, kept in memory, for registries in containers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Engine } from '../docker-engine.ts';
import { freePort } from '../registry-process.ts';

export type ObjectStore = {
  /** Where containers of the engine reach it. */
  readonly endpoint: string;
  readonly bucket: string;
  /** Of all objects. */
  bytes(): Promise<number>;
  close(): Promise<void>;
};

const bucket = 'registry';

export async function startObjectStore(program: string, engine: Engine): Promise<ObjectStore> {
  const port = await freePort();
  const child = spawn(program, ['-backend', 'memory', '-initialbucket', bucket, '-host', `:${port}`, '-quiet'], {
    stdio: 'ignore',
  });
  const killWithTests = (): void => {
    child.kill('SIGKILL');
  };
  process.on('exit', killWithTests);
  const listing = async (): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${port}/${bucket}?max-keys=1000`);
    if (response.status !== 200) throw new Error(`The object store answers ${response.status}.`);
    return response.text();
  };
  for (let tries = 0; ; tries += 1) {
    try {
      await listing();
      break;
    } catch (error) {
      if (tries >= 100) throw error;
      await wait(100);
    }
  }
  return {
    endpoint: `http://${hostSeenFrom(engine)}:${port}`,
    bucket,
    async bytes() {
      const text = await listing();
      if (text.includes('<IsTruncated>true')) throw new Error('There are more objects than one page has.');
      return [...text.matchAll(/<Size>(\d+)<\/Size>/g)].reduce((sum, [, size]) => sum + Number(size), 0);
    },
    async close() {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
      process.off('exit', killWithTests);
    },
  };
}

/** A private engine has a network of two: itself, and this machine. */
function hostSeenFrom({ address }: Engine): string {
  return address.replace(/^(198\.18\.\d+)\.2$/, '$1.1');
}
