import { expect, test } from '@jest/globals';
import { inputsOf } from '../../src/runtime/index.ts';

test('the inputs that are set, by their name, unknown ones as well', () => {
  const inputs = inputsOf({
    'INPUT_KEEP-LAST': '3',
    INPUT_REGISTRY: ' host:5000 ',
    INPUT_TAGS: '',
    'INPUT_OLDER-THAN': '  ',
    INPUT_TYPO: 'x',
    KEEP_LAST: '4',
    INPUT_NONE: undefined,
  });
  expect([...inputs]).toEqual([
    ['keep-last', '3'],
    ['registry', ' host:5000 '],
    ['typo', 'x'],
  ]);
});
