import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { program } from '../../src/model/index.ts';

test('the program calls itself as package.json does', () => {
  const { name, version } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
  ) as Readonly<Record<'name' | 'version', string>>;
  expect(program).toBe(`${name}/${version}`);
});
