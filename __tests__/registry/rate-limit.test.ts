import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseRateLimit, type RateLimit } from '../../src/registry/rate-limit.ts';

const now = new Date('2026-11-22T00:00:00Z');
const epoch = now.getTime() / 1000;
const parse = (headers: Readonly<Record<string, string | readonly string[]>>): RateLimit | undefined =>
  parseRateLimit((name) => {
    const value = headers[name] ?? [];
    return typeof value === 'string' ? [value] : value;
  }, now);

describe('limits as registries say them', () => {
  test.each<readonly [string, Readonly<Record<string, string | readonly string[]>>, RateLimit | undefined]>([
    [
      'Docker Hub',
      { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '3;w=21600' },
      { remaining: 3, windowMs: 21_600_000 },
    ],
    [
      'GitHub',
      { 'x-ratelimit-remaining': '58', 'x-ratelimit-reset': `${epoch + 90}` },
      { remaining: 58, resetMs: 90_000 },
    ],
    [
      'seconds in X-RateLimit-Reset',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '59.5' },
      { remaining: 0, resetMs: 59_500 },
    ],
    [
      'milliseconds since the epoch',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${epoch * 1000 + 250}` },
      { remaining: 0, resetMs: 250 },
    ],
    [
      'GitLab',
      {
        'ratelimit-limit': '600',
        'ratelimit-observed': '5',
        'ratelimit-remaining': '595',
        'ratelimit-reset': `${epoch + 60}`,
      },
      { remaining: 595, resetMs: 60_000 },
    ],
    [
      'a reset that is over',
      { 'ratelimit-remaining': '0', 'ratelimit-reset': `${epoch - 60}` },
      { remaining: 0, resetMs: 0 },
    ],
    [
      'the drafts until -06',
      { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '9', 'ratelimit-reset': '50' },
      { remaining: 9, resetMs: 50_000 },
    ],
    ['draft -07', { ratelimit: 'limit=100, remaining=50, reset=30' }, { remaining: 50, resetMs: 30_000 }],
    ['draft -10', { ratelimit: '"default";r=50;t=30' }, { remaining: 50, resetMs: 30_000 }],
    ['draft -10, without a reset', { ratelimit: '"default";r=50' }, { remaining: 50 }],
    [
      'several of them: the one that ends first',
      { ratelimit: '"daily";r=900;t=3600, "a;b,r=0";r=5;t=1;pk=:cGs=:', 'x-ratelimit-remaining': '70' },
      { remaining: 5, resetMs: 1_000 },
    ],
    [
      'several that are used up: the longest',
      { ratelimit: ['"a";r=0;t=1', '"b";r=0;t=60', '"c";r=0'] },
      { remaining: 0, resetMs: 60_000 },
    ],
    ['nothing', {}, undefined],
    ['nothing that counts', { 'ratelimit-limit': '100', 'ratelimit-reset': '30' }, undefined],
    ['words', { ratelimit: 'unlimited', 'ratelimit-remaining': 'many', 'x-ratelimit-remaining': '-1' }, undefined],
    ['a reset in words', { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': 'soon' }, { remaining: 1 }],
    ['what stands beyond the first kilobyte', { ratelimit: `${'"x",'.repeat(300)}"default";r=1` }, undefined],
  ])('%s', (_, headers, expected) => {
    expect(parse(headers)).toEqual(expected);
  });

  const text = fc.oneof(
    fc.string({ maxLength: 3_000 }),
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc
      .array(fc.constantFrom('"', '\\', ';', ',', '=', 'r', 't', 'w', '0', '9', '.', ' ', 'remaining', '1e9'), {
        maxLength: 400,
      })
      .map((parts) => parts.join('')),
  );
  const headers = fc.dictionary(
    fc.constantFrom(
      'ratelimit',
      'ratelimit-remaining',
      'ratelimit-reset',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
    ),
    fc.array(text, { maxLength: 3 }),
  );

  test('never throw, and are numbers that can be counted with', () => {
    fc.assert(
      fc.property(headers, (said) => {
        const limit = parse(said);
        if (limit === undefined) return;
        expect(Number.isSafeInteger(limit.remaining) && limit.remaining >= 0).toBe(true);
        for (const ms of [limit.resetMs ?? 0, limit.windowMs ?? 0]) expect(Number.isFinite(ms) && ms >= 0).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });

  test('are read back as they are written', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(100_000), fc.string({ maxLength: 20 }), (remaining, seconds, name) => {
        const quoted = JSON.stringify(name.replace(/[^\x20-\x7e]/g, ''));
        const expected = { remaining, resetMs: seconds * 1000 };
        expect(parse({ ratelimit: `${quoted};r=${remaining};t=${seconds}` })).toEqual(expected);
        expect(parse({ 'ratelimit-remaining': `${remaining}`, 'ratelimit-reset': `${seconds}` })).toEqual(expected);
        expect(parse({ 'x-ratelimit-remaining': `${remaining}`, 'x-ratelimit-reset': `${epoch + seconds}` })).toEqual(
          expected,
        );
      }),
    );
  });
});
