// distribution 2.8 writes a link in place: for a moment it is empty, and what reads it then finds no digest.

import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import pMap from 'p-map';
import { pushImage, pushIndex, tag } from '../../sandbox/push.ts';
import { repository, tag as tagName } from '../registry/server.ts';
import { useSite } from '../registry/site.ts';
import type { RunningRegistry } from './registries.ts';
import { describeReal } from './suites.ts';

jest.setTimeout(120_000);
const site = useSite();

describeReal('links', (registry) => {
  let running: RunningRegistry;
  beforeAll(async () => {
    running = await registry.start();
  });
  afterAll(() => running.close());

  // Of 300 lists, 2.8.2 refuses some 30 when each is put once.
  test('a list is put while somebody gives what it lists another tag', async () => {
    const name = repository();
    const children = await pMap(['a', 'b', 'c'], (seed) => pushImage(running, { repository: name, seed }));
    const list = await pushIndex(running, { repository: name, children });
    const ours = site.connectTo(running.url);
    const rounds = [...Array(300).keys()];
    const [put] = await Promise.all([
      pMap(rounds, (round) => ours.putManifest(name, tagName(`list-${round % 4}`), list.mediaType, list.bytes), {
        concurrency: 4,
      }),
      pMap(
        rounds,
        async (round) => {
          for (const child of children) await tag(running, child, `child-${round % 4}`);
        },
        { concurrency: 2 },
      ),
    ]);
    expect(new Set(put)).toEqual(new Set([list.digest]));
  });
});
