import { describe, expect, jest, test } from '@jest/globals';
import { pushSamples, samples, type PushedSample } from '../../sandbox/images.ts';
import { pushImage } from '../../sandbox/push.ts';
import { startSandboxRegistry } from '../../sandbox/registry.ts';

// Some 400 requests; a busy machine takes its time.
jest.setTimeout(60_000);

describe('pushed images', () => {
  test('have the same digests wherever and whenever they are pushed', async () => {
    const digests: string[] = [];
    for (const profile of ['distribution-2.8', 'oci-1.1'] as const) {
      const sandbox = await startSandboxRegistry({ profile });
      const { digest } = await pushImage(sandbox, {
        repository: 'app',
        tags: ['one'],
        created: '2024-01-01T00:00:00Z',
      });
      digests.push(digest);
      await sandbox.close();
    }
    expect(digests[0]).toBe(digests[1]);
  });
});

describe("the demo's samples", () => {
  const named = (sample: { readonly repository: string; readonly tags: readonly string[] }): readonly string[] =>
    sample.tags.map((tag) => `${sample.repository}:${tag}`);
  const all = samples.flatMap(named);

  test('hold what the demo is to show', () => {
    expect(new Set(all).size).toBe(all.length);
    expect(all).toEqual(expect.arrayContaining(['web:v1.0.0', 'web:v2.0.0-rc.1', 'web:v2.4.1', 'web:pr-41']));
    expect(all.filter((name) => name.startsWith('worker:build-'))).toHaveLength(14);
    expect(samples.some(({ tags }) => tags.includes('latest') && tags.includes('stable'))).toBe(true);
    expect(samples.some(({ signed, platforms }) => signed === true && platforms !== undefined)).toBe(true);
    expect(samples.filter(({ created }) => created.startsWith('1970'))).toHaveLength(1);
  });

  test.each(['distribution-2.8', 'distribution-3.1', 'oci-1.1'] as const)('arrive in %s', async (profile) => {
    const sandbox = await startSandboxRegistry({ profile });
    const pushed = await pushSamples(sandbox, 'demo');
    expect([...sandbox.store.repositories()].sort()).toEqual(['demo/api', 'demo/base', 'demo/web', 'demo/worker']);
    for (const sample of pushed) expectThere(sample, sandbox.store.tags(sample.repository));
    await sandbox.close();
  });

  function expectThere({ sample, image, children, signature }: PushedSample, tags: ReadonlyMap<string, string>): void {
    for (const tag of sample.tags) expect(tags.get(tag)).toBe(image.digest);
    const platforms = sample.platforms?.length ?? 0;
    // Each platform has its attestation.
    expect(children).toHaveLength(platforms * 2);
    for (const tag of Object.keys(sample.platformTags ?? {})) expect(tags.get(tag)).toBe(children[1]?.digest);
    expect(signature === undefined).toBe(sample.signed !== true);
    if (signature !== undefined) expect(tags.get(`${image.digest.replace(':', '-')}.sig`)).toBe(signature.digest);
  }
});
