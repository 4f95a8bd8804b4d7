/** The contract on the real registries, and what of it takes their storage or a restart to see. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import type { RealRegistry, RunningRegistry } from '../real/registries.ts';
import { describeReal } from '../real/suites.ts';
import { ask, said, tagsIn } from './ask.ts';
import { expectedOf, type Expected } from './expected.ts';
import { contractSuite } from './suite.ts';

/**
 * By product, where it differs from the profile that it is nearest to. A product without an entry was never compared
 * with the contract: it is skipped rather than called wrong.
 */
const differences: Readonly<Record<string, Partial<Expected>>> = { distribution: {} };

describeReal('the contract', (registry) => {
  const product = registry.name.split(' ', 1)[0] ?? '';
  const differs = differences[product];
  if (differs === undefined) {
    test.skip(`${product} has no entry in the differences of real.test.ts yet`, () => undefined);
    return;
  }
  contractSuite(registry.name, {
    profile: registry.profile,
    refusals: [
      ...(registry.settings.includes('deletes-disabled') ? (['disabled'] as const) : []),
      ...(registry.settings.includes('read-only') ? (['read-only'] as const) : []),
    ],
    differs,
    start: ({ deletes }) => registry.start({ deletes }),
  });
  if (product === 'distribution') storageTests(registry);
});

function storageTests(registry: RealRegistry): void {
  const expected = expectedOf[registry.profile];

  describe(`on the storage of ${registry.name}`, () => {
    test("a layer deleted as a manifest is gone from the kept image after a restart, where it isn't refused", async () => {
      await using(registry, async (running) => {
        const image = await pushImage(running, {
          repository: 'app',
          tags: ['kept'],
          layers: ['a layer of a kept image'],
        });
        const layer = image.blobs[1]?.digest ?? '';
        await ask(running, 'DELETE', `app/manifests/${layer}`);
        await running.restart();
        expect((await ask(running, 'HEAD', 'app/manifests/kept')).status).toBe(200);
        const left = (await ask(running, 'GET', `app/blobs/${layer}`)).status;
        expect(left).toBe(expected.deleteOfLayer.layerIs === 'there' ? 200 : 404);
      });
    });

    test('a ghost is listed, is 404, and goes by tag or under a push', async () => {
      await using(registry, async (running) => {
        const { digest } = await pushImage(running, { repository: 'app', tags: ['ghost'] });
        const revisions = 'docker/registry/v2/repositories/app/_manifests/revisions/sha256';
        await rm(join(running.root, revisions, digest.slice('sha256:'.length)), { recursive: true });
        await running.restart();
        expect(tagsIn(await ask(running, 'GET', 'app/tags/list'))).toEqual(['ghost']);
        const unknown = { status: 404, code: 'MANIFEST_UNKNOWN' };
        expect(said(await ask(running, 'GET', 'app/manifests/ghost'))).toEqual(unknown);
        expect(said(await ask(running, 'DELETE', `app/manifests/${digest}`))).toEqual(unknown);
        const byTag = said(await ask(running, 'DELETE', 'app/manifests/ghost'));
        expect(byTag).toEqual(expected.deleteByTag === 'removes' ? { status: 202 } : expected.deleteByTag);
        const cover = await pushImage(running, { repository: 'app', tags: ['ghost'], seed: 'cover' });
        expect((await ask(running, 'DELETE', `app/manifests/${cover.digest}`)).status).toBe(202);
        expect(tagsIn(await ask(running, 'GET', 'app/tags/list'))).toEqual(expected.noTags);
      });
    });
  });
}

async function using(registry: RealRegistry, body: (running: RunningRegistry) => Promise<void>): Promise<void> {
  const running = await registry.start();
  try {
    await body(running);
  } finally {
    await running.close();
  }
}
