import { describe, expect, test } from '@jest/globals';
import {
  believe,
  createdInLegacyHistory,
  createdOfChildren,
  createdSaid,
  parseConfig,
} from '../../src/inventory/created.ts';
import type { Created, Instant } from '../../src/model/index.ts';

const now = '2026-11-22T00:00:00.000Z' as Instant;
const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const key = 'org.opencontainers.image.created';

describe('what a config says', () => {
  test.each([
    ['its created', { created: '2026-01-01T00:00:00Z' }, { text: '2026-01-01T00:00:00Z', source: 'config' }],
    [
      'created before history and label',
      {
        created: '1970-01-01T00:00:00Z',
        history: [{ created: '2026-01-01T00:00:00Z' }],
        config: { Labels: { [key]: '2026-02-01T00:00:00Z' } },
      },
      { text: '1970-01-01T00:00:00Z', source: 'config' },
    ],
    [
      'the newest of its history',
      { history: [{ created: '2025-01-01T00:00:00Z' }, { created: '2026-03-01T00:00:00+02:00' }, {}] },
      { text: '2026-03-01T00:00:00+02:00', source: 'history' },
    ],
    [
      'a history with an unreadable date, which may be the newest',
      { history: [{ created: '2025-01-01T00:00:00Z' }, { created: 'yesterday' }] },
      { text: 'yesterday', source: 'history' },
    ],
    [
      'its label',
      { config: { Labels: { [key]: '2026-02-01T00:00:00Z' } } },
      { text: '2026-02-01T00:00:00Z', source: 'label' },
    ],
    ['nothing', { created: null, config: { Labels: null } }, undefined],
  ])('%s', (_, config, said) => {
    expect(parseConfig(bytes(config))?.said).toEqual(said);
  });

  test('the source that it names', () => {
    const labels = { 'org.opencontainers.image.source': 'https://github.com/acme/apps' };
    expect(parseConfig(bytes({ config: { Labels: labels } }))?.source).toBe('https://github.com/acme/apps');
  });

  test.each(['', 'null', '[]', '{"created": 7}', '{"created": "2026'])('%j is no config', (text) => {
    expect(parseConfig(new TextEncoder().encode(text))).toBeUndefined();
  });
});

describe('what is believed', () => {
  test.each<[string, string | undefined, Created]>([
    ['a date', '2026-01-01T00:00:00Z', { kind: 'known', at: '2026-01-01T00:00:00.000Z' as Instant, source: 'config' }],
    [
      'an offset',
      '2026-01-01T02:00:00+02:00',
      { kind: 'known', at: '2026-01-01T00:00:00.000Z' as Instant, source: 'config' },
    ],
    [
      'nanoseconds',
      '2026-01-01T00:00:00.123456789Z',
      { kind: 'known', at: '2026-01-01T00:00:00.123Z' as Instant, source: 'config' },
    ],
    ['nothing', undefined, { kind: 'unknown', why: 'absent' }],
    ['1970, of reproducible builds', '1970-01-01T00:00:00Z', { kind: 'unknown', why: 'before-2000' }],
    ['1980, of buildpacks', '1980-01-01T00:00:01Z', { kind: 'unknown', why: 'before-2000' }],
    ["year 1, Go's zero", '0001-01-01T00:00:00Z', { kind: 'unknown', why: 'before-2000' }],
    ['the future', '2026-11-22T00:00:00.001Z', { kind: 'unknown', why: 'in-the-future' }],
    ['a date without a time zone', '2026-01-01T00:00:00', { kind: 'unknown', why: 'unreadable' }],
    ['a month 13', '2026-13-01T00:00:00Z', { kind: 'unknown', why: 'unreadable' }],
    ['words', 'yesterday', { kind: 'unknown', why: 'unreadable' }],
  ])('%s', (_, text, created) => {
    expect(believe(text === undefined ? undefined : { text, source: 'config' }, now)).toEqual(created);
  });
});

describe('an index', () => {
  const known = (at: string): Created => ({ kind: 'known', at: at as Instant, source: 'config' });

  test('is as new as its newest child', () => {
    const children = [
      known('2026-01-01T00:00:00.000Z'),
      known('2026-03-01T00:00:00.000Z'),
      known('2026-02-01T00:00:00.000Z'),
    ];
    expect(createdOfChildren(children)).toEqual({ kind: 'known', at: '2026-03-01T00:00:00.000Z', source: 'children' });
  });

  test('has no date where a child has none: that one may be the newest', () => {
    const undated: Created = { kind: 'unknown', why: 'before-2000' };
    expect(createdOfChildren([known('2026-01-01T00:00:00.000Z'), undated])).toEqual(undated);
  });

  test('has no date without children', () => {
    expect(createdOfChildren([])).toEqual({ kind: 'unknown', why: 'absent' });
  });
});

test('Docker schema 1 says the newest date of its history', () => {
  const history = [
    '{"created":"2016-01-01T00:00:00Z"}',
    'not JSON',
    '{"id":"a"}',
    '{"created":"2017-01-01T00:00:00Z"}',
    '7',
  ];
  expect(createdInLegacyHistory(history)).toEqual({ text: '2017-01-01T00:00:00Z', source: 'history' });
  expect(createdInLegacyHistory([])).toBeUndefined();
});

test('an annotation without text says nothing', () => {
  expect(createdSaid({ [key]: '' }, 'annotation')).toBeUndefined();
  expect(createdSaid({}, 'annotation')).toBeUndefined();
  expect(createdSaid({ [key]: 'x' }, 'label')).toEqual({ text: 'x', source: 'label' });
});
