/** What is held against a killed run is found: a comparison that lets everything pass would show nothing else. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { placeholder } from '../../src/execute/placeholder.ts';
import { explainLeft, unlike, wholeLines, writtenDown, type WrittenDown } from './left.ts';
import type { Served, State } from './state.ts';

const repository = 'apps/web';

function served(text: string, mediaType = 'application/vnd.oci.image.manifest.v1+json'): Served {
  const bytes = new TextEncoder().encode(text);
  return { digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`, mediaType, bytes };
}

type Given = { readonly tags: Readonly<Record<string, Served>>; readonly untagged?: readonly Served[] };

function state({ tags, untagged = [] }: Given): State {
  const all = [...Object.values(tags), ...untagged].map((each) => [each.digest, each] as const);
  return {
    tags: new Map(Object.entries(tags)),
    manifests: new Map(all),
    linked: new Map(all.map(([digest, { bytes }]) => [digest, Buffer.from(bytes).toString()])),
  };
}

const [kept, image, child, signature] = [served('kept'), served('image'), served('child'), served('signature')];
const sig = `${image.digest.replace(':', '-')}.sig`;
const start = state({ tags: { stable: kept, old: image, [sig]: signature }, untagged: [child] });
const wanted = state({ tags: { stable: kept } });

function written(changes: Partial<{ plan: readonly Served[]; journal: readonly Served[] }> = {}): WrittenDown {
  const { plan = [image, child, signature], journal = [image, child, signature] } = changes;
  const tagsOf = (one: Served): readonly string[] => (one === image ? ['old'] : one === signature ? [sig] : []);
  const tags = plan.flatMap(tagsOf).map((tag) => ({ tag }));
  const planned = { repositories: [{ repository, tags, manifests: plan.map(({ digest }) => ({ digest })) }] };
  const lines = journal.map((one) => ({
    repository,
    digest: one.digest,
    bytesBase64: Buffer.from(one.bytes).toString('base64'),
    tags: tagsOf(one),
  }));
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  return writtenDown(repository, JSON.stringify(planned), text);
}

function problemsOf(now: State, own = written()): readonly string[] {
  const problems: string[] = [];
  explainLeft({ start, wanted, now }, own, problems);
  return problems;
}

describe('after a rerun', () => {
  test('nothing is left, or what no tag leads to and what was attached to it', () => {
    expect(problemsOf(wanted)).toEqual([]);
    const now = state({ tags: { stable: kept, [sig]: signature }, untagged: [child] });
    const problems: string[] = [];
    const left = explainLeft({ start, wanted, now }, written(), problems);
    expect({ left, problems }).toEqual({
      left: { manifests: [signature.digest, child.digest], attachments: [sig] },
      problems: [],
    });
  });

  test.each([
    ['a kept tag is gone', state({ tags: {}, untagged: [kept] }), written(), 'stable gives nothing'],
    ['a kept tag gives another image', state({ tags: { stable: child }, untagged: [kept] }), written(), 'stable gives'],
    [
      'a kept manifest is served as another type',
      state({ tags: { stable: served('kept', 'x/y') } }),
      written(),
      'gives',
    ],
    ['a doomed tag is left', state({ tags: { stable: kept, old: image } }), written(), 'old is left'],
    [
      'a signature is left with its image',
      state({ tags: { stable: kept, other: image, [sig]: signature } }),
      written(),
      'and so is its image',
    ],
    [
      'a signature is another one',
      state({ tags: { stable: kept, [sig]: child } }),
      written(),
      `${sig} is left and is another`,
    ],
    [
      'what is left was not planned',
      state({ tags: { stable: kept }, untagged: [child] }),
      written({ plan: [image, signature] }),
      'was not in the killed plan',
    ],
    [
      'what is left was not journaled',
      state({ tags: { stable: kept }, untagged: [child] }),
      written({ journal: [image, signature] }),
      'not in the killed journal',
    ],
    [
      'a signature was not planned',
      state({ tags: { stable: kept, [sig]: signature } }),
      written({ plan: [image] }),
      `${sig} is left and was not in the killed plan`,
    ],
    [
      'something new is there',
      state({ tags: { stable: kept }, untagged: [served('new')] }),
      written(),
      'was not before',
    ],
    [
      'a placeholder is in the storage',
      { ...wanted, linked: state({ tags: { stable: kept }, untagged: [served('new')] }).linked },
      written(),
      'is in the storage',
    ],
  ])('%s: that is said', (_, now, own, what) => {
    expect(problemsOf(now, own).join('\n')).toContain(what);
  });
});

describe('at the end', () => {
  test('all is as it should be, but for placeholders that no tag leads to', () => {
    const { mediaType, bytes } = placeholder('some moment');
    const over = served(Buffer.from(bytes).toString(), mediaType);
    const now = state({ tags: { stable: kept, old: image, [sig]: signature }, untagged: [child, over] });
    expect(unlike(start, start)).toEqual([]);
    expect(unlike(now, start)).toEqual([]);
    const covered = state({ tags: { stable: kept, old: over, [sig]: signature }, untagged: [child, image] });
    expect(unlike(covered, start)).toEqual([`old gives ${over.digest}, not ${image.digest}`]);
  });

  test('what a rerun may leave is not the end that an undisturbed run has', () => {
    const now = state({ tags: { stable: kept, [sig]: signature }, untagged: [child] });
    expect(unlike(wanted, wanted)).toEqual([]);
    expect(unlike(now, wanted)).toEqual(
      [sig, signature.digest, child.digest].map((name) => `${name} is there, and should not be`),
    );
  });

  test.each([
    [
      'a tag is gone',
      { stable: kept, old: image },
      [child, signature],
      `${sig} gives nothing, not ${signature.digest}`,
    ],
    ['a manifest is gone', { stable: kept, old: image, [sig]: signature }, [], `${child.digest} is gone`],
    ['a tag is new', { stable: kept, old: image, new: image, [sig]: signature }, [child], 'new is there'],
    ['a manifest is new', { stable: kept, old: image, [sig]: signature }, [child, served('new')], 'and should not be'],
  ])('%s: that is said', (_, tags, untagged, what) => {
    expect(unlike(state({ tags, untagged }), start).join('\n')).toContain(what);
  });
});

test('of a journal the whole lines count', () => {
  expect(wholeLines('{"a":1}\n{"b":2}\n{"c"')).toEqual(['{"a":1}', '{"b":2}']);
  expect(wholeLines(undefined)).toEqual([]);
  expect(writtenDown(repository, undefined, undefined).journal.size).toBe(0);
});
