import { describe, expect, test } from '@jest/globals';
import { refTexts } from '../../src/policy/index.ts';

describe('what a branch is called in a tag', () => {
  test.each<[string, readonly string[]]>([
    ['main', ['main']],
    ['feature/Login-Page', ['feature-Login-Page', 'feature-login-page']],
    ['Feature/login_page', ['Feature-login_page', 'feature-login_page', 'feature-login-page']],
    ['release/1.2', ['release-1.2', 'release-1-2']],
    ['fix//a+b', ['fix-a-b', 'fix--a-b']],
    ['#12', ['-12', '12']],
    ['//a++', ['-a-', 'a']],
    ['größe', ['gr-e', 'gr--e']],
    ['🚢/x', ['-x', 'x']],
    ['___', ['___']],
  ])('%s: %j', (ref, texts) => {
    expect([...refTexts(ref)]).toEqual(texts);
  });

  test('a long name is cut where a tag or a slug ends, before its last dashes go', () => {
    const name = `${'a'.repeat(62)}/${'B'.repeat(100)}`;
    expect([...refTexts(name)]).toEqual([
      `${'a'.repeat(62)}-${'B'.repeat(100)}`,
      `${'a'.repeat(62)}-${'b'.repeat(100)}`,
      `${'a'.repeat(62)}-${'B'.repeat(65)}`,
      `${'a'.repeat(62)}-${'b'.repeat(65)}`,
      'a'.repeat(62),
    ]);
  });
});
