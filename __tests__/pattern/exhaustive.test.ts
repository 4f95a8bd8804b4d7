/** Properties: what is built from a pattern is read back, and no reading is missed. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { minimatch } from 'minimatch';
import { compareOrder, matchedBy, parseTagPatterns, readings } from '../../src/pattern/index.ts';
import { complaint, showReading } from './show.ts';

/** Placeholders with texts of theirs and how `showReading` tells them. */
const placeholders = [
  { name: '{version}', kind: 'version', texts: ['1', '1.2', '22.04', '1.2.3-rc.1', '1.2.3.4', '2.0-SNAPSHOT'] },
  { name: '{number}', kind: 'number', texts: ['0', '7', '42', '007'] },
  { name: '{date}', kind: 'date', texts: ['20261122', '2026-11-22', '20261122-0130', '1795311000'] },
  { name: '{sha}', kind: undefined, texts: ['abcdef0', '0123456789abcdef'] },
  { name: '{group}', kind: 'group', texts: ['alpine', 'a-b', '1', ''] },
  { name: '{pr}', kind: 'pr', texts: ['1', '1234'] },
  { name: '{branch}', kind: 'branch', texts: ['main', 'feature-login', 'a1'] },
] as const;
const chosen = fc
  .constantFrom(...placeholders)
  .chain(({ name, kind, texts }) => fc.constantFrom<string>(...texts).map((text) => ({ name, kind, text })));
/** Text in between, as a pattern and as it stands in the tag. */
const between = fc.constantFrom(
  { pattern: '-', text: '-' },
  { pattern: 'x', text: 'x' },
  { pattern: '*', text: '' },
  { pattern: '*', text: '-ab' },
  { pattern: '?', text: '_' },
  { pattern: '-{a,b}-', text: '-b-' },
  { pattern: '@(x|y)', text: 'y' },
  { pattern: '!(a)', text: 'b' },
);

describe('a tag made by a pattern', () => {
  const made = fc
    .tuple(fc.array(fc.tuple(chosen, between), { minLength: 1, maxLength: 3 }))
    .filter(([pieces]) => pieces.filter(([each]) => each.name === '{pr}' || each.name === '{branch}').length <= 1)
    .map(([pieces]) => ({
      pattern: `t-${pieces.map(([{ name }, { pattern }]) => name + pattern).join('')}`,
      tag: `t-${pieces.map(([{ text }, between]) => text + between.text).join('')}`,
      values: pieces.map(([piece]) => piece),
    }));

  test('is read back, as one of its readings, with the values that made it', () => {
    fc.assert(
      fc.property(made, ({ pattern, tag, values }) => {
        const parsed = parseTagPatterns([pattern]);
        expect(matchedBy(parsed, tag)).toBe(pattern);
        fc.pre(complaint(() => readings(parsed, tag)) === 'nothing to complain about'); // too many ways
        const made = (kinds: readonly string[]) =>
          values.filter(({ kind }) => kind !== undefined && kinds.includes(kind));
        const keys = made(['version', 'number', 'date']).flatMap(({ name, text }) => {
          const [alone] = readings(parseTagPatterns([name]), text);
          return alone?.order ?? [];
        });
        const wanted = readings(parsed, tag).filter(
          ({ order, group, pr, branch }) =>
            compareOrder(order, keys) === 0 &&
            isSame(group, made(['group'])) &&
            isSame(pr === undefined ? [] : [String(pr)], made(['pr'])) &&
            isSame(branch === undefined ? [] : [branch], made(['branch'])),
        );
        expect(wanted).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  function isSame(texts: readonly string[], pieces: readonly { readonly text: string }[]): boolean {
    return texts.join(' ') === pieces.map((piece) => piece.text).join(' ');
  }
});

describe('compared with trying everything', () => {
  const tag = fc.string({ unit: fc.constantFrom('a', 'b', '1', '0', '-', '.', 'v'), minLength: 1, maxLength: 7 });
  const segment = fc.constantFrom(
    '',
    '-',
    'a',
    '*',
    '?',
    '-*',
    '[ab]',
    '@(a|1)',
    '!(a|1)',
    '?(-)',
    '*(a-)',
    '+([0-9])',
  );
  const values = [
    { name: '{group}', is: () => true },
    { name: '{pr}', is: (text: string) => /^[1-9][0-9]*$/.test(text) },
    { name: '{sha}', is: (text: string) => /^[0-9a-f]{7,64}$/.test(text) },
  ];
  const pieces = fc.array(fc.tuple(segment, fc.constantFrom(...values)), { minLength: 1, maxLength: 3 });

  /** Every way to cut the tag, each tried without memory of the others. */
  function cuts(
    items: readonly { readonly is: (text: string) => boolean; readonly label?: string }[],
    text: string,
  ): string[] {
    const [first, ...rest] = items;
    if (first === undefined) return text === '' ? [''] : [];
    return Array.from({ length: text.length + 1 }, (_, length) => text.slice(0, length))
      .filter(first.is)
      .flatMap((head) =>
        cuts(rest, text.slice(head.length)).map((tail) =>
          first.label === undefined ? tail : `${first.label} ${head}, ${tail}`,
        ),
      );
  }

  test('no reading is missed and none is made up', () => {
    fc.assert(
      fc.property(pieces, segment, tag, (list, last, text) => {
        fc.pre(list.filter(([, value]) => value.name === '{pr}').length <= 1);
        const pattern = list.map(([glob, value]) => glob + value.name).join('') + last;
        const isSegment = (glob: string) => (part: string) =>
          minimatch(`_${part}_`, `_${glob}_`, { nonegate: true, nobrace: true, nocomment: true });
        const expected = cuts(
          [
            ...list.flatMap(([glob, { name, is }]) => [
              { is: isSegment(glob) },
              name === '{sha}' ? { is } : { is, label: name.slice(1, -1) },
            ]),
            { is: isSegment(last) },
          ],
          text,
        );
        const actual = readings(parseTagPatterns([pattern]), text).map((reading) =>
          showReading(reading).replace(/^matches$/, ''),
        );
        const normal = (line: string): string =>
          line
            .replace(/, $/, '')
            .split(', ')
            .toSorted((a, b) => Number(a.startsWith('pr ')) - Number(b.startsWith('pr ')))
            .join(', ');
        expect([...actual].sort()).toEqual([...new Set(expected.map(normal))].sort());
      }),
      { numRuns: 2000 },
    );
  });
});

describe('regular expressions compared with JavaScript', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    '1',
    '\\.',
    '-',
    '.',
    '[ab]',
    '[^a-z]',
    '[\\w\\]]',
    '\\d',
    '\\w',
    '\\b',
    '\\B',
    '^',
    '$',
    '\\u0061',
    '\\u{62}',
    '\\x31',
    '\\p{L}',
    '\\cA',
  );
  const { source } = fc.letrec<{ source: string; sequence: string; part: string; group: string }>((tie) => ({
    source: fc.array(tie('sequence'), { minLength: 1, maxLength: 2 }).map((all) => all.join('|')),
    sequence: fc.array(tie('part'), { maxLength: 4 }).map((all) => all.join('')),
    part: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      atom,
      fc
        .tuple(tie('group'), fc.constantFrom('', '*', '+', '?', '*?', '{2}', '{1,}', '{0,2}?'))
        .map((all) => all.join('')),
      fc
        .tuple(fc.constantFrom('(?=', '(?!', '(?<=', '(?<!'), tie('source'))
        .map(([opening, inside]) => `${opening}${inside})`),
    ),
    group: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('a', 'b', '1', '.', '[ab1]', '\\w'),
      fc.tuple(fc.constantFrom('(', '(?:'), tie('source')).map(([opening, inside]) => `${opening}${inside})`),
    ),
  }));
  const tag = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-', '.'), minLength: 1, maxLength: 8 });

  test('the same tags match', () => {
    fc.assert(
      fc.property(source, tag, (expression, text) => {
        fc.pre(/[^()?:]/.test(expression)); // an empty one is an error
        const pattern = `/${expression}/`;
        const expected = new RegExp(`^(?:${expression})$`, 'u').test(text) ? pattern : undefined;
        expect(matchedBy(parseTagPatterns([pattern]), text)).toBe(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test('what JavaScript captures is one of the readings', () => {
    fc.assert(
      fc.property(source, source, source, tag, (before, inside, behind, text) => {
        const expression = `(?:${before})(?<group>${inside})(?:${behind})`;
        const captured = new RegExp(`^(?:${expression})$`, 'u').exec(text)?.groups?.group;
        const groups = readings(parseTagPatterns([`/${expression}/`]), text).map((reading) => reading.group[0]);
        if (captured === undefined) expect(groups).toEqual([]);
        else expect(groups).toContain(captured);
      }),
      { numRuns: 2000 },
    );
  });
});
