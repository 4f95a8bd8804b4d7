/** Texts that nobody would write: real ones that were cut, doubled, mixed and changed, and some that mean nothing at all. */
import fc from 'fast-check';

/** What parsers stumble over. */
const splinters: readonly string[] = [
  ...['', ' ', '\n', '\r\n', '\t', '\0', '\u0085', '\u2028', '\ufeff', '\ud800', '\udfff', 'é', '𝒳', '\u202e'],
  ...['"', "'", '`', '\\', '\\u0000', '\\ud800', '{', '}', '[', ']', '<', '>', '(', ')', ',', ';', ':', '=', '/', '//'],
  ...['..', '/../', '%2f', '%00', '%', '@', '#', '&', '*', '!', '?', '|', '-', '--- ', '...', '- ', '? ', ': ', '# '],
  ...['null', 'true', 'NaN', '-0', '1e999', '9007199254740993', '-1', '0.1', '0x10', '1970-01-01T00:00:00Z'],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '"__proto__":{"polluted":true}'],
  ...['&a', '*a', '!!str', '<<: ', '{{', '}}', '${{ x }}', '${x:-y}', '::set-output name=x::y', '`whoami`', '$(id)'],
  ...['sha256:', `sha256:${'a'.repeat(64)}`, 'sha512:', 'rel="next"', 'Bearer', 'Basic', 'realm="'],
  ...[
    '['.repeat(2_000),
    '{"a":'.repeat(2_000),
    '- '.repeat(300),
    '('.repeat(500),
    'a'.repeat(5_000),
    ' '.repeat(5_000),
  ],
];

type Change = { readonly at: number; readonly length: number; readonly put: string };

const place = fc.double({ min: 0, max: 1, noNaN: true });
const change = (samples: readonly string[]): fc.Arbitrary<Change> =>
  fc.record({
    at: place,
    length: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, place),
    put: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...splinters) },
      { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }) },
      // A piece of a real one, of this kind or of another case of it.
      fc
        .tuple(fc.constantFrom(...samples), place, place)
        .map(([sample, from, to]) =>
          sample.slice(sample.length * Math.min(from, to), sample.length * Math.max(from, to)),
        ),
    ),
  });

/** Any JSON in the place of any value of a real one, so that what is whole JSON and of another shape is tried as well. */
const reshaped = (samples: readonly string[]): fc.Arbitrary<string> =>
  fc.tuple(fc.constantFrom(...samples), place, fc.json({ maxDepth: 3 })).map(([sample, at, json]) => {
    const values = [
      ...sample.matchAll(/(?<=[:[,]\s*)(?:"(?:[^"\\]|\\.)*"|-?\d+|true|false|null|\[\]|\{\})(?=\s*[,\]}])/g),
    ];
    const chosen = values[Math.floor(at * values.length)];
    if (chosen === undefined) return json;
    return sample.slice(0, chosen.index) + json + sample.slice(chosen.index + chosen[0].length);
  });

/** `samples`: real texts of the kind. */
export function foreignTexts(samples: readonly string[]): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...samples), fc.array(change(samples), { minLength: 1, maxLength: 5 }))
    .map(([sample, changes]) =>
      changes.reduce((text, { at, length, put }) => {
        const from = Math.floor(at * text.length);
        return text.slice(0, from) + put + text.slice(from + Math.floor(length * (text.length - from)));
      }, sample),
    );
  return fc.oneof(
    { weight: 8, arbitrary: changed },
    { weight: 3, arbitrary: reshaped(samples) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
    { weight: 1, arbitrary: fc.json() },
  );
}
