import { describe, expect, test } from '@jest/globals';
import { ContentMemory, type ManifestContent } from '../../src/inventory/index.ts';
import type { ConfigFacts } from '../../src/inventory/memory.ts';
import { digestOf } from '../arbitraries/names.ts';

const content = (length: number): ManifestContent => ({ mediaType: 'any', bytes: new Uint8Array(length) });
const facts: ConfigFacts = { created: { kind: 'unknown', why: 'absent' }, source: 'https://github.com/acme/apps' };

describe('manifests', () => {
  test('are remembered up to the limit; a smaller one may fit where a larger one did not', () => {
    const memory = new ContentMemory({ limitBytes: 10 });
    memory.keepManifest(digestOf(1), content(6));
    memory.keepManifest(digestOf(2), content(5));
    memory.keepManifest(digestOf(3), content(4));
    memory.keepManifest(digestOf(4), content(1));
    expect([1, 2, 3, 4].map((number) => memory.manifest(digestOf(number))?.bytes.length)).toEqual([
      6,
      undefined,
      4,
      undefined,
    ]);
  });

  test('that come again count once', () => {
    const memory = new ContentMemory({ limitBytes: 10 });
    for (let time = 0; time < 5; time += 1) memory.keepManifest(digestOf(1), content(6));
    memory.keepManifest(digestOf(2), content(4));
    expect(memory.manifest(digestOf(2))).toBeDefined();
  });
});

describe('a config', () => {
  test('is asked for once, by those who come at the same time and by those who come later', async () => {
    const memory = new ContentMemory();
    let asked = 0;
    const ask = (): Promise<ConfigFacts> => {
      asked += 1;
      return Promise.resolve(facts);
    };
    const answers = await Promise.all([memory.config(digestOf(1), ask), memory.config(digestOf(1), ask)]);
    expect([...answers, await memory.config(digestOf(1), ask)]).toEqual([facts, facts, facts]);
    expect(asked).toBe(1);
    await memory.config(digestOf(2), ask);
    expect(asked).toBe(2);
  });

  test('that could not be asked for is asked for again', async () => {
    const memory = new ContentMemory();
    await expect(memory.config(digestOf(1), () => Promise.reject(new Error('reset')))).rejects.toThrow('reset');
    expect(await memory.config(digestOf(1), () => Promise.resolve(facts))).toEqual(facts);
  });
});
