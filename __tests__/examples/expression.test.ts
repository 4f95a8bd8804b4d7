import { describe, expect, test } from '@jest/globals';
import { isTrue, resolveText, resolveValue } from './expression.ts';

const context = {
  secrets: { EU_PASSWORD: 'of the EU' },
  matrix: { account: 'EU' },
  github: { event: { number: 12, ref_type: 'branch' }, ref: '' },
};

describe('a text', () => {
  test.each([
    ['apps/*', 'apps/*'],
    ['pr-{pr}\npr-{pr}-*\n', 'pr-{pr}\npr-{pr}-*\n'],
    ['${{ secrets.EU_PASSWORD }}', 'of the EU'],
    ["${{ secrets[format('{0}_PASSWORD', matrix.account)] }}", 'of the EU'],
    ['preview-${{ github.event.number }}-${{matrix.account}}', 'preview-12-EU'],
    ['${{ secrets.eu_password }}', 'of the EU'],
    ['${{ secrets.NOBODY_GAVE_IT }}', ''],
    ["${{ github.ref || 'none' }}", 'none'],
    ["${{ 'it''s' }}", "it's"],
  ])('%s becomes %s', (text, resolved) => {
    expect(resolveText(text, context)).toBe(resolved);
  });

  test.each([
    ['${{ env.HOME }}', "This test has no context 'env'"],
    ['${{ hashFiles(matrix.account) }}', "This test has no function 'hashFiles'"],
    ['${{ matrix.account > 1 }}', "'>' can't be understood"],
    ['${{ matrix.account matrix.account }}', 'More than can be understood'],
    ['${{ matrix[matrix.account }}', "']' is missing"],
  ])('%s is refused', (text, message) => {
    expect(() => resolveText(text, context)).toThrow(message);
  });
});

describe('a value', () => {
  const needs = { plan: { outputs: { matrix: '{"shard":["1/2","2/2"]}', empty: '' } } };

  test.each(['${{ fromJSON(needs.plan.outputs.matrix) }}', ' ${{fromJson(needs.plan.outputs.matrix)}}\n'])(
    '%s',
    (text) => {
      expect(resolveValue(text, { needs })).toEqual({ shard: ['1/2', '2/2'] });
    },
  );

  test('that is no JSON, or more than one expression, is refused', () => {
    expect(() => resolveValue('${{ fromJSON(needs.plan.outputs.empty) }}', { needs })).toThrow('JSON');
    expect(() => resolveValue('a ${{ needs }}', { needs })).toThrow('is not one expression');
  });
});

test.each([
  ["github.event.ref_type == 'branch'", true],
  ["${{ github.event.ref_type == 'Branch' }}", true],
  ["github.event.ref_type != 'branch'", false],
  ["github.event.ref_type == 'branch' && matrix.account == 'US'", false],
  ["github.event.ref_type == 'tag' || matrix.account == 'EU'", true],
  ['github.ref', false],
])('if: %s', (condition, expected) => {
  expect(isTrue(condition, context)).toBe(expected);
});
