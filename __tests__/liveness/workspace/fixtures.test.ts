/** A folder for each form: files as people write them, and in expected.txt what they name, with file and line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { findReferences } from '../../../src/liveness/workspace/index.ts';
import { origin, render } from './workspace.ts';

const folder = join(import.meta.dirname, 'fixtures');

describe.each(readdirSync(folder))('%s', (name) => {
  test('names exactly what expected.txt says', async () => {
    const root = join(folder, name);
    const globs = ['{**,**/.*,.github/**}', '!expected.txt'];
    const found = await findReferences({ globs, aliases: [], origin, root });
    expect(render(found)).toEqual(readFileSync(join(root, 'expected.txt'), 'utf8').trim().split('\n'));
  });
});
