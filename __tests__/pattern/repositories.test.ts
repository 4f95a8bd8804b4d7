/** Which repositories a list names. */
import { expect, test } from '@jest/globals';
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

test('lines that need the catalog are told as written', () => {
  const { globs } = parseRepositoryPatterns(['base', 'apps/{api,web}', 'apps/{api,w*}', '!(apps)', '!lib/*']);
  expect(globs).toEqual(['apps/{api,w*}', '!(apps)']);
});

test('a slash is the only separator, on Windows too', () => {
  expect(() => parseRepositoryPatterns(['apps\\*'])).toThrow('has a \\');
});
