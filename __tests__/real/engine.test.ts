// The container engine of the suites: that the images are the real registries, and that nothing of it stays.

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { describeEngine, startEngine, type Engine } from './engine.ts';
import { freePort } from './registry-process.ts';

/** Waits until something answers there. A test that waits in vain ends by jest's own patience. */
async function answers(url: string): Promise<number> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return answer.status;
    await sleep(50);
  }
}

async function published(
  engine: Engine,
  image: string,
  ...more: readonly string[]
): Promise<{ id: string; url: string }> {
  const port = await freePort();
  const id = await engine.run([...more, '--publish', `${engine.address}:${port}:5000`, image]);
  return { id, url: `http://${engine.address}:${port}/v2/` };
}

describeEngine('the engine', (engine) => {
  test.each([
    ['2.8', 'registry github.com/docker/distribution 2.8'],
    ['3.1', 'registry github.com/distribution/distribution/v3 v3.1'],
  ] as const)('runs distribution %s, with a shell beside it', async (line, version) => {
    const image = await engine().importRegistry(line);
    const { id, url } = await published(engine(), image);
    expect(await answers(url)).toBe(200);
    expect((await engine().docker(['exec', id, 'registry', '--version'])).replace(/ v?(2\.8)/, ' $1')).toContain(
      version,
    );
    expect(await engine().docker(['exec', id, 'sh', '-c', 'stat -c %d / && echo awk | awk 1'])).toContain('awk');
  });

  test('says what docker says where it fails', async () => {
    await expect(engine().docker(['inspect', 'nobody'])).rejects.toThrow('docker inspect nobody: ');
  });
});

describeEngine(
  'an engine of its own',
  (engine) => {
    test('is killed and started, and brings back what has to be there', async () => {
      const { url } = await published(engine(), await engine().importRegistry('2.8'), '--restart', 'always');
      expect(await answers(url)).toBe(200);
      await engine().kill9();
      await expect(engine().docker(['ps'])).rejects.toThrow();
      await engine().start();
      expect(await answers(url)).toBe(200);
    });

    test('leaves nothing when it is closed', async () => {
      const another = await startEngine({ isolated: true });
      const socket = another.host.replace('unix://', '');
      const { url } = await published(another, await another.importRegistry('2.8'));
      expect(await answers(url)).toBe(200);
      await another.close();
      expect(existsSync(socket.replace('/docker.sock', ''))).toBe(false);
      await expect(fetch(url)).rejects.toThrow();
    });
  },
  { isolated: true },
);
