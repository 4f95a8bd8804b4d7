/** Which repositories a list names. */
import { describe, expect, test } from '@jest/globals';
import type { RepositoryName } from '../../src/model/index.ts';
import { matchRepository, parseRepositoryPatterns } from '../../src/pattern/index.ts';

const catalog = [
  'apps',
  'apps/api',
  'apps/web',
  'apps/web/assets',
  'base',
  'docker.io/library/nginx',
] as RepositoryName[];

test.each([
  // list, what it matches, the names that need no catalog, whether it is read
  [['apps/web'], ['apps/web'], ['apps/web'], false],
  [['apps/web', 'gone', 'apps/web'], ['apps/web'], ['apps/web', 'gone'], false],
  [['apps/{api,web}'], ['apps/api', 'apps/web'], ['apps/api', 'apps/web'], false],
  [['apps/{api,web}', '!apps/web'], ['apps/api'], ['apps/api'], false],
  [['docker.io/library/nginx'], ['docker.io/library/nginx'], ['docker.io/library/nginx'], false],
  [['*'], ['apps', 'base'], [], true],
  [['apps/*'], ['apps/api', 'apps/web'], [], true],
  [['apps/**'], ['apps/api', 'apps/web', 'apps/web/assets'], [], true],
  [['**'], catalog, [], true],
  [['**', '!apps/**'], ['apps', 'base', 'docker.io/library/nginx'], [], true],
  [['!apps/**', '**'], ['apps', 'base', 'docker.io/library/nginx'], [], true], // the order doesn't matter
  [['base', 'apps/*', '!apps/w*'], ['apps/api', 'base'], ['base'], true],
  [['!(apps)'], ['base'], [], true], // an extglob, not an exclude
  [['[[:alpha:]]pps/?(api)'], ['apps/api'], [], true],
])('%j', (patterns, matched, literal, hasGlob) => {
  const parsed = parseRepositoryPatterns(patterns);
  expect(catalog.filter((name) => matchRepository(parsed, name))).toEqual(matched);
  expect(parsed).toMatchObject({ source: patterns, literal, hasGlob });
});

describe('on every platform', () => {
  test('a slash is the only separator', () => {
    expect(() => parseRepositoryPatterns(['apps\\*'])).toThrow('has a \\');
  });
});
