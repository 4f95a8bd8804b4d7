/** A journal read back: what it was, or the line that is wrong. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { JournalError, readJournal, type JournaledManifest } from '../../src/execute/index.ts';
import { mediaTypes, parseOrigin } from '../../src/model/index.ts';

const origin = parseOrigin('https://registry.example.com');
if (origin === undefined) throw new Error('No origin.');
const here = { registry: origin, file: 'journal.jsonl' };

type Line = Readonly<Record<string, unknown>>;
const digestOf = (bytes: string): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function line(name: string, changes: Line = {}): Line {
  const bytes = JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, annotations: { name } });
  return {
    version: 1,
    registry: origin,
    repository: 'apps/web',
    digest: digestOf(bytes),
    mediaType: mediaTypes.ociManifest,
    bytesBase64: Buffer.from(bytes).toString('base64'),
    tags: [name],
    role: 'tagged',
    at: '2026-11-22T01:30:00.000Z',
    ...changes,
  };
}

const textOf = (...lines: readonly Line[]): string => lines.map((each) => `${JSON.stringify(each)}\n`).join('');
const read = (text: string | Uint8Array): readonly JournaledManifest[] =>
  readJournal(Buffer.from(text), here).manifests;

function errorOf(text: string): JournalError {
  try {
    read(text);
  } catch (error) {
    if (error instanceof JournalError) return error;
    throw error;
  }
  throw new Error('It was read.');
}

test('every manifest once, with all its tags, in the order of the lines', () => {
  const [first, second] = [line('a'), line('b', { tags: [], role: 'child' })];
  const again = line('a', { tags: ['b', 'a'], role: 'attachment', subject: second.digest });
  const elsewhere = line('a', { repository: 'apps/api' });
  expect(
    read(textOf(first, second, again, elsewhere)).map(({ repository, digest, tags }) => [repository, digest, tags]),
  ).toEqual([
    ['apps/web', first.digest, ['a', 'b']],
    ['apps/web', second.digest, []],
    ['apps/api', first.digest, ['a']],
  ]);
});

test('the bytes are those of the manifest', () => {
  const [only] = read(textOf(line('a')));
  expect(digestOf(Buffer.from(only?.bytes ?? []).toString())).toBe(only?.digest);
  expect(only?.mediaType).toBe(mediaTypes.ociManifest);
});

test('nothing in it is nothing to do', () => {
  expect(readJournal(new Uint8Array(), here)).toEqual({ manifests: [], warnings: [] });
});

describe('a last line that was cut short', () => {
  const whole = textOf(line('a'));
  const next = JSON.stringify(line('b'));

  test.each([1, 10, next.length - 1])('after %i characters is passed over, and said', (length) => {
    const { manifests, warnings } = readJournal(Buffer.from(whole + next.slice(0, length)), here);
    expect(manifests.map(({ tags }) => tags)).toEqual([['a']]);
    expect(warnings).toEqual([expect.objectContaining({ at: 'journal.jsonl:2' })]);
    expect(warnings[0]?.what).toContain('cut short');
  });

  test('but for its line break is whole', () => {
    expect(readJournal(Buffer.from(whole + next), here)).toMatchObject({ manifests: [{}, {}], warnings: [] });
  });

  test('and whole, and wrong, is wrong', () => {
    expect(errorOf(whole + JSON.stringify(line('b', { tags: ['../b'] }))).message).toContain('journal.jsonl:2: ');
  });
});

describe('one wrong line, and nothing is restored:', () => {
  const other = Buffer.from('{"schemaVersion":2}').toString('base64');
  const signed = Buffer.from('{"signatures":[]}').toString('base64');
  const wrongs: readonly (readonly [string, Line | string, string])[] = [
    ['other bytes', line('a', { bytesBase64: other }), 'its bytes have the digest'],
    ['another digest', line('a', { digest: digestOf('x') }), `it says ${digestOf('x')}`],
    ['bytes that are no base64', line('a', { bytesBase64: '!' }), 'its bytes have the digest'],
    [
      'signatures that are broken',
      line('a', { mediaType: mediaTypes.dockerSchema1Signed, bytesBase64: signed }),
      'broken signatures',
    ],
    ['a digest that is none', line('a', { digest: 'sha256:abc' }), 'digest: it is no digest'],
    ['a tag that is none', line('a', { tags: ['a b'] }), 'tags.0: it is no tag'],
    ['a tag that is a path', line('a', { tags: ['../../other/manifests/x'] }), 'tags.0: it is no tag'],
    ['a tag that is a digest', line('a', { tags: [digestOf('x')] }), 'tags.0: it is no tag'],
    ['a repository that is none', line('a', { repository: 'apps/../web' }), 'repository: it is no repository name'],
    ['a registry that is none', line('a', { registry: 'registry' }), 'registry: it is no registry URL'],
    ['a media type that is none', line('a', { mediaType: 'a/b\r\nX-Evil: 1' }), 'mediaType: it is no media type'],
    ['another media type', line('a', { mediaType: mediaTypes.ociIndex }), 'says another type of itself'],
    ['a role that is none', line('a', { role: 'kept' }), 'role: '],
    ['a moment that is none', line('a', { at: 'yesterday' }), 'at: it is no moment'],
    ['a subject that is none', line('a', { subject: 'x' }), 'subject: it is no digest'],
    ['a key that is none', line('a', { over: true }), 'its keys: '],
    ['another version', line('a', { version: 2 }), 'no line of a journal of registry-prune, version 1'],
    ['a plan', { format: 'registry-prune.plan', version: 1 }, 'no line of a journal of registry-prune, version 1'],
    ['no object', 'null', 'no line of a journal'],
    ['no JSON', 'apps/web:a', 'no line of a journal'],
    ['an empty line', '', 'no line of a journal'],
    ['a line cut in the middle of the file', JSON.stringify(line('x')).slice(0, 100), 'no line of a journal'],
  ];

  test.each(wrongs)('%s', (_, wrong, says) => {
    const text = typeof wrong === 'string' ? `${wrong}\n` : textOf(wrong);
    const error = errorOf(textOf(line('z')) + text + textOf(line('y')));
    expect(error.message).toContain(`journal.jsonl:2: `);
    expect(error.message).toContain(says);
    expect(error.message).toContain('Nothing was changed.');
    expect(error.wayOut).not.toBe('');
  });

  test('a key that would be a prototype', () => {
    const text = JSON.stringify(line('a')).replace('{', '{"__proto__":{"polluted":true},');
    let manifests: readonly JournaledManifest[] = [];
    try {
      manifests = read(`${text}\n`);
    } catch (error) {
      expect(error).toBeInstanceOf(JournalError);
    }
    for (const each of manifests) expect('polluted' in each).toBe(false);
    expect('polluted' in {}).toBe(false);
  });

  test('another registry, with the one that it is of', () => {
    const error = errorOf(textOf(line('a', { registry: 'https://other.example.com/prefix' })));
    expect(error.message).toContain('journal.jsonl:1 is of https://other.example.com/prefix');
    expect(error.wayOut).toContain('registry: https://other.example.com/prefix');
  });

  test('a tag on two images, as two journals in one file have it', () => {
    const error = errorOf(textOf(line('a'), line('b', { tags: ['a'] })));
    expect(error.message).toContain('journal.jsonl:2: line 1 has apps/web:a on another image');
    expect(error.wayOut).toContain('one by one');
  });

  test('one manifest of two media types', () => {
    const bytes = '{"schemaVersion":2}';
    const untyped = { digest: digestOf(bytes), bytesBase64: Buffer.from(bytes).toString('base64'), tags: [] };
    const error = errorOf(textOf(line('a', untyped), line('a', { ...untyped, mediaType: mediaTypes.ociIndex })));
    expect(error.message).toContain('journal.jsonl:2: an earlier line says');
  });

  test('a line that is longer than any manifest and its tags', () => {
    const error = errorOf(`${'x'.repeat(32 * 1024 * 1024 + 1)}\n`);
    expect(error.message).toContain('journal.jsonl:1: it is longer than 33554432 bytes');
  });
});
