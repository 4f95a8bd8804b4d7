/** `shard`: which texts are one, and what a shard can't do. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ConfigError, loadConfig, loadGcConfig } from '../../src/config/index.ts';

type Inputs = Readonly<Record<string, string>>;
const enough: Inputs = { registry: 'registry.example.com', repositories: 'apps/web', 'keep-last': '3' };

const load = (inputs: Inputs): ReturnType<typeof loadConfig> =>
  loadConfig(new Map(Object.entries({ ...enough, ...inputs })), () => '');

function errorOf(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('no error');
}

test('every share of up to 256 is one', () => {
  const shares = fc
    .integer({ min: 1, max: 256 })
    .chain((of) => fc.record({ index: fc.integer({ min: 1, max: of }), of: fc.constant(of) }));
  fc.assert(
    fc.property(shares, ({ index, of }) => {
      expect(load({ shard: ` ${index}/${of} ` }).shard).toEqual({ index, of });
    }),
  );
});

test('without it there is none, also where GitHub passes an empty text', () => {
  expect(load({})).not.toHaveProperty('shard');
  expect(load({ shard: '' })).not.toHaveProperty('shard');
});

describe('what is none', () => {
  test.each([
    ['5/4', 'those of 4 are 1/4 to 4/4'],
    ['0/3', 'those of 3 are 1/3 to 3/3'],
    ['1/0', '1 to 256 shards'],
    ['1/257', '1 to 256 shards'],
    ['1/1000', '1 to 256 shards'],
    ['a/b', 'two whole numbers: 2/8'],
    ['3', 'two whole numbers'],
    ['1/2/3', 'two whole numbers'],
    ['-1/4', 'two whole numbers'],
    ['+1/4', 'two whole numbers'],
    ['01/4', 'two whole numbers'],
    ['1 / 4', 'two whole numbers'],
    ['1.0/4', 'two whole numbers'],
    ['1e0/4', 'two whole numbers'],
    ['１/４', 'two whole numbers'],
    ['{"shard":["1/4"]}', 'two whole numbers'],
  ])('%s', (shard, words) => {
    const { problems, message } = errorOf(() => load({ shard }));
    expect(problems.map(({ input }) => input)).toEqual(['shard']);
    expect(message).toContain(JSON.stringify(shard).replaceAll('\\"', '"'));
    expect(message).toContain(words);
    expect(message).toContain('    shard: 1/4');
  });

  test('a number of any length is shown shortened', () => {
    for (const shard of [`1/${'9'.repeat(5000)}`, `${'9'.repeat(5000)}/4`])
      expect(errorOf(() => load({ shard })).message.length).toBeLessThan(500);
  });
});

describe('a shard that is to collect is refused, with the way out', () => {
  test.each([
    ['offline', { 'garbage-collect': 'offline' }, 'Take garbage-collect out'],
    ['online', { 'garbage-collect': 'online' }, 'Take garbage-collect out'],
    [
      'empty repositories, too',
      { 'garbage-collect': 'offline', 'remove-empty-repositories': 'true' },
      'Take garbage-collect and remove-empty-repositories out',
    ],
  ])('%s', (_, given, words) => {
    for (const shard of ['2/8', '1/1']) {
      const { problems, message } = errorOf(() => load({ shard, ...given }));
      expect(problems.map(({ input }) => input)).toEqual(['shard']);
      expect(message).toContain(words);
      expect(message).toContain('in one job after all shards');
      expect(message).toContain('uses: OWNER/registry-prune/gc@v1');
    }
  });

  test('empty repositories alone', () => {
    const { problems } = errorOf(() => load({ shard: '2/8', 'remove-empty-repositories': 'true' }));
    expect(problems.at(-1)).toMatchObject({
      input: 'shard',
      what: expect.stringContaining('remove-empty-repositories'),
    });
  });

  test('what else is wrong is said with it', () => {
    const { problems } = errorOf(() => load({ shard: '2/8', 'garbage-collect': 'perhaps', 'dry-run': 'perhaps' }));
    expect(problems.map(({ input }) => input)).toEqual(['dry-run', 'garbage-collect']);
  });

  test('untagged manifests are no collection', () => {
    expect(load({ shard: '2/8', 'delete-untagged': 'true' })).toMatchObject({ shard: { index: 2, of: 8 } });
  });
});

test('the door that collects has no shards', () => {
  const inputs = new Map([...Object.entries({ registry: 'registry.example.com', shard: '1/4' })]);
  expect(errorOf(() => loadGcConfig(inputs, () => '')).message).toContain('it belongs to OWNER/registry-prune@v1');
});
