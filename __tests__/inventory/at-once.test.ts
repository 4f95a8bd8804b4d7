// Of a long list no more is begun than may soon be under way: 100,000 promises that wait in line are 100 MB.

import { describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { writeJournal } from '../../src/execute/journal.ts';
import { ContentMemory, observe, observeReferrers, ReferrersSupport } from '../../src/inventory/index.ts';
import type { JournalEntry, RepositoryPlan } from '../../src/model/index.ts';
import { atOnce, type Registry } from '../../src/registry/index.ts';
import { repositoryOf } from '../arbitraries/names.ts';
import { now, repository, useSandbox, type Sandbox } from './sandbox.ts';

const start = useSandbox();
const count = 100;

/** The same registry, and the most of its calls that were ever under way. */
function watched(registry: Registry): { readonly registry: Registry; readonly most: () => number } {
  let underWay = 0;
  let most = 0;
  const watch =
    <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      underWay += 1;
      most = Math.max(most, underWay);
      try {
        return await call(...args);
      } finally {
        underWay -= 1;
      }
    };
  return {
    registry: {
      ...registry,
      getManifest: watch((...asked) => registry.getManifest(...asked)),
      getReferrers: watch((...asked) => registry.getReferrers(...asked)),
    },
    most: () => most,
  };
}

async function filled(): Promise<Sandbox> {
  const sandbox = await start({ profile: 'oci-1.1' });
  for (let place = 0; place < count; place += 1) await pushImage(sandbox, { repository, tags: [`v${place}`] });
  return sandbox;
}

describe('of a hundred things at most twice the concurrency is begun', () => {
  test('tags, their referrers, and the journal of their manifests', async () => {
    const { client } = await filled();
    const limit = atOnce(client).concurrency;
    expect(limit).toBe(32);
    const look = { repository: repositoryOf(repository), memory: new ContentMemory({ limitBytes: 0 }), now: () => now };

    const tags = watched(client);
    const snapshot = await observe({ ...look, registry: tags.registry, dated: () => new Set() });
    expect(snapshot?.tags.size).toBe(count);
    expect(tags.most()).toBe(limit);
    if (snapshot === undefined) return;

    const referrers = watched(client);
    const support = new ReferrersSupport();
    await observeReferrers({ ...look, registry: referrers.registry }, snapshot, snapshot.manifests.keys(), support);
    expect(support.has).toBe('yes');
    expect(referrers.most()).toBeGreaterThan(1);
    expect(referrers.most()).toBeLessThanOrEqual(limit);

    const written = watched(client);
    const entries: JournalEntry[] = [];
    const append = (entry: JournalEntry): Promise<void> => Promise.resolve(void entries.push(entry));
    const journal = { append, find: () => Promise.resolve(undefined), close: () => Promise.resolve() };
    const manifests = [...snapshot.manifests.values()].map((manifest) => ({ ...manifest, role: 'tagged' as const }));
    const plan: Pick<RepositoryPlan, 'repository' | 'manifests' | 'tags'> = { ...look, manifests, tags: [] };
    await writeJournal({ ...look, registry: written.registry, journal }, plan as RepositoryPlan, snapshot);
    expect(entries).toHaveLength(count);
    expect(written.most()).toBe(limit);
  });
});
