/** Text from outside becomes a name only through a parser; what a parser lets through can do no harm anywhere. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  attachmentSubject,
  parseDigest,
  parseInstant,
  parseOrigin,
  parseRepositoryName,
  parseTag,
  secondsOf,
} from '../../src/model/index.ts';
import { digestOf, instantOf, tagOf } from '../arbitraries/names.ts';

const hex64 = '0123456789abcdef'.repeat(4);

describe('a digest', () => {
  test.each([`sha256:${hex64}`, `sha512:${hex64}${hex64}`])('%s', (text) => {
    expect(parseDigest(text)).toBe(text);
  });

  test.each([
    ['nothing', ''],
    ['a tag', 'latest'],
    ['hexadecimal alone', hex64],
    ['upper case', `sha256:${hex64.toUpperCase()}`],
    ['a digit too few', `sha256:${hex64.slice(1)}`],
    ['a digit too many', `sha256:${hex64}0`],
    ['the length of sha512 under sha256', `sha256:${hex64}${hex64}`],
    ['an algorithm that is not registered', `md5:${hex64}`],
    ['a line break after it', `sha256:${hex64}\n`],
    ['a space before it', ` sha256:${hex64}`],
    ['a path after it', `sha256:${hex64}/../x`],
  ])('%s is none', (_, text) => {
    expect(parseDigest(text)).toBeUndefined();
  });
});

describe('a tag', () => {
  test.each(['latest', 'v1.2.3', '_', '2026-11-22', 'a'.repeat(128), 'A__--..z', `sha256-${hex64}.sig`])(
    '%s',
    (text) => {
      expect(parseTag(text)).toBe(text);
    },
  );

  test.each([
    ['nothing', ''],
    ['a dot first', '.hidden'],
    ['a hyphen first', '-x'],
    ['129 characters', 'a'.repeat(129)],
    ['a digest', `sha256:${hex64}`],
    ['a path', 'a/b'],
    ['a path upwards', '..'],
    ['a space', 'a b'],
    ['a line break', 'a\n'],
    ['a letter beyond ASCII', 'é'],
    ['a percent sign', 'a%2fb'],
    ['a question mark', 'a?n=1'],
  ])('%s is none', (_, text) => {
    expect(parseTag(text)).toBeUndefined();
  });
});

describe("a repository's name", () => {
  test.each(['web', 'apps/web', 'a.b_c__d-e--f/0', 'a/b/c/d', 'a'.repeat(255)])('%s', (text) => {
    expect(parseRepositoryName(text)).toBe(text);
  });

  test.each([
    ['nothing', ''],
    ['upper case', 'Apps/web'],
    ['a slash first', '/web'],
    ['a slash last', 'web/'],
    ['an empty segment', 'apps//web'],
    ['a path upwards', 'apps/../web'],
    ['a dot first', '.web'],
    ['two dots in a row', 'a..b'],
    ['three underscores', 'a___b'],
    ['a separator last', 'web-'],
    ['a registry with a port', 'host:5000/web'],
    ['a tag', 'web:latest'],
    ['256 characters', 'a'.repeat(256)],
    ['a line break', 'web\n'],
    ['a glob', 'apps/*'],
  ])('%s is none', (_, text) => {
    expect(parseRepositoryName(text)).toBeUndefined();
  });
});

describe('an origin', () => {
  test.each([
    ['https://registry.example.com', 'https://registry.example.com'],
    ['https://registry.example.com/', 'https://registry.example.com'],
    ['https://Registry.Example.com:443', 'https://registry.example.com'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5000'],
    ['http://[::1]:5000/', 'http://[::1]:5000'],
    ['https://example.com/registry//', 'https://example.com/registry'],
    ['https://example.com/a/../registry', 'https://example.com/registry'],
  ])('%s is %s', (text, origin) => {
    expect(parseOrigin(text)).toBe(origin);
  });

  test.each([
    ['a bare host', 'registry.example.com'],
    ['another scheme', 'ftp://example.com'],
    ['a file', 'file:///etc/passwd'],
    ['a user', 'https://user@example.com'],
    ['a user and a password', 'https://user:secret@example.com'],
    ['a query', 'https://example.com/?a=b'],
    ['a fragment', 'https://example.com/#a'],
    ['no host', 'https://'],
    ['no text', ''],
  ])('%s is none', (_, text) => {
    expect(parseOrigin(text)).toBeUndefined();
  });
});

describe('a moment', () => {
  test.each([
    ['2026-11-22T01:30:00Z', '2026-11-22T01:30:00.000Z'],
    ['2026-11-22 01:30:00Z', '2026-11-22T01:30:00.000Z'],
    ['2026-11-22t01:30:00z', '2026-11-22T01:30:00.000Z'],
    ['2026-11-22T03:30:00.5+02:00', '2026-11-22T01:30:00.500Z'],
    ['2026-11-21T20:30:00.123456789-05:00', '2026-11-22T01:30:00.123Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  test.each([
    ['no offset: a guess could make an image older than it is', '2026-11-22T01:30:00'],
    ['a day alone', '2026-11-22'],
    ['a month 13', '2026-13-22T01:30:00Z'],
    ['an hour 25', '2026-11-22T25:30:00Z'],
    ['an offset of 99 hours', '2026-11-22T01:30:00+99:99'],
    ['words', 'yesterday'],
    ['an English date', 'Sun, 22 Nov 2026 01:30:00 GMT'],
    ['Unix seconds', '1795311000'],
    ['a year before 0, after its offset', '0000-01-01T00:00:00+01:00'],
    ['a year after 9999, after its offset', '9999-12-31T23:59:59-01:00'],
    ['a line break after it', '2026-11-22T01:30:00Z\n'],
    ['nothing', ''],
  ])('%s is none', (_, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test('a date that is none, or whose year has a sign, is none', () => {
    expect(parseInstant(new Date(Number.NaN))).toBeUndefined();
    expect(parseInstant(new Date(8.64e15))).toBeUndefined();
    expect(parseInstant(new Date(-8.64e15))).toBeUndefined();
  });

  test('is counted in seconds, with their fractions', () => {
    expect(secondsOf(instantOf('1970-01-01T00:01:00.250Z'))).toBe(60.25);
  });
});

describe('whatever the text', () => {
  const nearlyNames = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'aZ09._-/:@ \n\u0000é'.split('')), maxLength: 20 }),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc
      .string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 63, maxLength: 65 })
      .map((hex) => `sha256:${hex}`),
  );
  const parsers = [parseDigest, parseTag, parseRepositoryName, parseOrigin, parseInstant];

  test.each(parsers.map((parse) => [parse.name, parse] as const))('%s: a name parses to itself', (_, parse) => {
    fc.assert(
      fc.property(nearlyNames, (text) => {
        const name = parse(text);
        if (name !== undefined) expect(parse(name)).toBe(name);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(parsers.map((parse) => [parse.name, parse] as const))('%s: a name is printable ASCII', (_, parse) => {
    fc.assert(
      fc.property(nearlyNames, (text) => {
        expect(parse(text) ?? '').toMatch(/^[!-~]*$/);
      }),
      { numRuns: 2000 },
    );
  });

  test('a tag has nothing of a path, a URL or a digest in it', () => {
    fc.assert(
      fc.property(nearlyNames, (text) => {
        const tag = parseTag(text);
        if (tag === undefined) return;
        expect(tag).not.toMatch(/[/:@?#%\\]/);
        expect(tag).not.toMatch(/^\.\.?$/);
        expect(encodeURIComponent(tag)).toBe(tag);
        expect(parseDigest(tag)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test("a repository's name stays where it is put in a URL", () => {
    fc.assert(
      fc.property(nearlyNames, (text) => {
        const name = parseRepositoryName(text);
        if (name === undefined) return;
        expect(new URL(`/v2/${name}/tags/list`, 'https://r.example').pathname).toBe(`/v2/${name}/tags/list`);
        expect(name).toBe(name.toLowerCase());
        for (const segment of name.split('/')) expect(segment).toMatch(/^[a-z0-9]/);
      }),
      { numRuns: 2000 },
    );
  });

  test('moments in text order are in time order', () => {
    const moments = fc
      .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
      .map((date) => instantOf(date.toISOString()));
    fc.assert(
      fc.property(moments, moments, (a, b) => {
        expect(a < b).toBe(secondsOf(a) < secondsOf(b));
      }),
    );
  });
});

describe('the tag of an attachment', () => {
  const subject = digestOf(0xabc);
  const name = subject.replace(':', '-');

  test.each([name, `${name}.sig`, `${name}.att`, `${name}.sbom`])('%s', (text) => {
    expect(attachmentSubject(tagOf(text))).toBe(subject);
  });

  test.each([
    'latest',
    `${name}.cosign`,
    `${name}.sig.att`,
    `${name}.`,
    `${name}0`,
    `x-${name}`,
    `sha256-${hex64.slice(1)}`,
    `sha256-${hex64.toUpperCase()}`,
    `sha512-${hex64}`,
  ])('%s is another tag', (text) => {
    expect(attachmentSubject(tagOf(text))).toBeUndefined();
  });

  test('names a digest that is one', () => {
    const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(hex, fc.constantFrom('', '.sig', '.att', '.sbom'), (text, ending) => {
        const found = attachmentSubject(tagOf(`sha256-${text}${ending}`));
        expect(found).toBe(`sha256:${text}`);
        expect(parseDigest(found ?? '')).toBe(found);
      }),
    );
  });
});
