/** `cache-file`: a path, as both doors take it. */
import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig, loadGcConfig } from '../../src/config/index.ts';

const enough = { registry: 'registry.example.com', repositories: 'apps/web', 'keep-last': '3' };
const load = (path: string): ReturnType<typeof loadConfig> =>
  loadConfig(new Map(Object.entries({ ...enough, 'cache-file': path })), () => '');

test('is taken as it is written, by the door that collects as well; without it there is none', () => {
  for (const path of ['cache', '/tmp/a b/cache', 'C:\\temp\\cache', '../cache'])
    expect(load(path).cacheFile).toBe(path);
  expect(load('')).not.toHaveProperty('cacheFile');
  const inputs = new Map(Object.entries({ registry: enough.registry, 'cache-file': 'cache' }));
  expect(loadGcConfig(inputs, () => '').cacheFile).toBe('cache');
});

describe('what is none', () => {
  test.each([
    ['a directory', '/tmp/', '"/tmp/" is a directory. Give the file\'s path.'],
    ['a directory of Windows', 'C:\\temp\\', 'is a directory'],
    ['a control character', 'a\u0000b', 'it holds a control character, or is too long.'],
    ['what no system takes', 'a'.repeat(5_000), 'it holds a control character, or is too long.'],
  ])('%s', (_, path, words) => {
    expect(() => load(path)).toThrow(ConfigError);
    expect(() => load(path)).toThrow(words);
  });
});
