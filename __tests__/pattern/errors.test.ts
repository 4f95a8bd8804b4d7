/** What is said of bad patterns. */
import { describe, expect, test } from '@jest/globals';
import { parseRepositoryPatterns, parseTagPatterns, PatternError } from '../../src/pattern/index.ts';
import { complaint } from './show.ts';

describe('tag patterns', () => {
  test.each([
    // Look-alikes: the way out is the pattern as it should be
    ['{{version}}', '"{{version}}" has {{version}}, which is no placeholder', 'Write "{version}".'],
    ['v${version}', '"v${version}" has ${version}, which is no placeholder', 'Write "v{version}".'],
    ['v$version', '"v$version" has $version,', 'Write "v{version}".'],
    ['v<version>', '"v<version>" has <version>,', 'Write "v{version}".'],
    ['v%version%', '"v%version%" has %version%,', 'Write "v{version}".'],
    ['v%{version}', '"v%{version}" has %{version},', 'Write "v{version}".'],
    ['v[version]', '"v[version]" has [version],', 'Write "v{version}".'],
    ['v{Version}', '"v{Version}" has {Version},', 'Write "v{version}".'],
    ['v{ version }', '"v{ version }" has { version },', 'Write "v{version}".'],
    ['v{versoin}', '"v{versoin}" has {versoin},', 'Write "v{version}".'],
    ['{semver}', '"{semver}" has {semver},', 'Write "{version}".'],
    ["{{date 'YYYYMMDD'}}", "has {{date 'YYYYMMDD'}},", 'Write "{date}".'],
    ['{date:YYYY}', 'has {date:YYYY},', 'Write "{date}".'],
    ['{timestamp}', 'has {timestamp},', 'Write "{date}".'],
    ['pr-{pr_number}', 'has {pr_number},', 'Write "pr-{pr}".'],
    ['{brnch}-{commit}', 'has {brnch},', 'Write "{branch}-{commit}".'],
    ['{branch}-{commit}', 'has {commit},', 'Write "{branch}-{sha}".'],
    ['{nummber}', 'has {nummber},', 'Write "{number}".'],
    ['{shaa}', 'has {shaa},', 'Write "{sha}".'],
    ['{d}', 'has {d},', 'The placeholders are {version} {number} {date} {sha} {group} {pr} {branch}; {a,b} is'],
    ['{}', 'has {},', 'The placeholders are'],
    ['v{1..}', 'has {1..},', 'The placeholders are'],
    ['{{a,b}}', 'has {{a,b}},', 'The placeholders are'],
    ['${{ github.run }}', 'has ${{ github.run }},', 'The placeholders are'],
    // Never closed, never opened
    ['v{version', '"v{version" has a { that is never closed', 'Close it: {version} is'],
    ['v{a,b', 'has a { that is never closed', 'Close it'],
    ['version}', 'closes a } that was never opened', 'Open it'],
    ['}v{', 'closes a } that was never opened', 'Open it'],
    ['v[0-9', 'has a [ that is never closed', 'Close it: [0-9] is'],
    ['@(a|b', 'has a ( that is never closed', 'Close it: @(a|b) is'],
    ['a)', 'closes a ) that was never opened', 'Write @(a|b)'],
    ['(a|b)', 'has a ( without ! ? * + or @ before it', 'Write @(a|b)'],
    ['a|b', 'has a | outside of ( )', 'Write @(a|b) or {a,b}'],
    ['/v\\d+', 'begins with a / and is never closed', 'A regular expression ends with a slash too'],
    ['/', 'begins with a / and is never closed', 'A regular expression ends with a slash too'],
    ['/v', 'begins with a / and is never closed', 'A regular expression ends with a slash too'],
    ['/a/b-', 'begins with a / and is never closed', 'A regular expression ends with a slash too'],
    // What no tag holds
    ['a b', 'has " ", which no name in a registry holds', 'Names consist of letters'],
    ['app:v1', 'has ":", which no name in a registry holds', 'Names consist of letters'],
    ['"v1"', 'has """, which no name in a registry holds', 'Names consist of letters'],
    ['!!v1', 'has "!", which no name in a registry holds', 'Names consist of letters'],
    ['a,b', 'has a comma outside of { }', 'Give each pattern a line of its own'],
    ['apps/web', 'has a /, which no tag holds', 'Repositories have an input of their own'],
    ['v\\d+', 'has a \\, which a glob here has no use for', 'A regular expression stands between slashes: /v\\d+/.'],
    ['[z-a]', 'has [z-a], which is no character', 'Ranges go upwards: [a-z], [0-9].'],
    // More than anybody meant
    ['{1..5000}', 'expands to more than 1000 patterns', 'Write {number}'],
    ['{a,b}'.repeat(12), 'expands to more than 1000 patterns', 'Write {number}'],
    ['a'.repeat(10_001), 'has more than 10000 characters', 'Split it into several patterns.'],
    ['@(a)'.repeat(2000), 'is more than can be matched: TypeError', 'Split it into several patterns.'],
    // Nothing
    ['', '"" is empty', 'Write * for every tag.'],
    ['{,}', '"{,}" is empty', 'Write * for every tag.'],
    ['!', '"!" is empty', 'Write * for every tag.'],
    ['//', '"//" is empty', 'Write * for every tag.'],
    // Regular expressions
    ['/v\\d+/i', '"/v\\d+/i" has "i" behind its last slash, and flags are not allowed', 'Write "/v\\d+/"; [Aa] is'],
    ['!/v\\d+/gi', 'has "gi" behind its last slash', 'Write "!/v\\d+/"'],
    ['/v(/', '"/v(/" is no regular expression: Unterminated group', "It is JavaScript's"],
    ['/v{1,2/', '"/v{1,2/" is no regular expression: Incomplete quantifier', "It is JavaScript's"],
    ['/(?<versoin>.+)/', 'has a group (?<versoin>…), and "versoin" is no placeholder', 'Write (?<version>…), or'],
    ['/(?<q>.+)/', 'has a group (?<q>…), and "q" is no placeholder', 'Write (?<version>…), or'],
    ['/v(?<version>.+)?/', 'has (?<version>…) where it may be missing', 'write one pattern for each alternative'],
    ['/v(?:-(?<version>.+))*/', 'has (?<version>…) where it may be missing', 'write one pattern for each alternative'],
    ['/v(?<version>.+)|latest/', 'has (?<version>…) where it may be missing', 'write one pattern for each alternative'],
    ['/(?=(?<version>.+)).*/', 'has (?<version>…) where it may be missing', 'write one pattern for each alternative'],
    ['/(?<group>.+(?<pr>.+))/', 'has (?<pr>…) where it may be missing', 'write one pattern for each alternative'],
    ['/(a+)\\1/', 'has \\1, which is not supported', 'Write out what it stands for'],
    ['/(?<pr>.+)-\\k<pr>/', 'has \\k<pr>, which is not supported', 'Write out what it stands for'],
    ['/(?i:a)/', 'has (?i:, which is not supported', '[Aa] is a letter in either case'],
    // Placeholders that don't make a rule
    ['@({version}|latest)', 'has {version} within ( )', 'Write such alternatives in braces: {a,b}.'],
    ['pr-{pr}-{pr}', 'has {pr} more than once', 'write {pr} once'],
    ['{branch}-{branch}', 'has {branch} more than once', 'write {branch} once'],
    ['{{version},latest}', 'has other placeholders in some of its alternatives', '{v{version},release-{version}}'],
    ['{branch}', "has nothing beside {branch} that tells a branch's tags from others", '{branch}-{sha}'],
    ['{branch}*', 'has nothing beside {branch}', '{branch}-{sha}'],
    ['?[a-z]{branch}@(a|b)', 'has nothing beside {branch}', '{branch}-{sha}'],
    ['{group}{branch}', 'has nothing beside {branch}', '{branch}-{sha}'],
    ['/(?<branch>.+)/', 'has nothing beside {branch}', '{branch}-{sha}'],
    ['/^(?<branch>.+)(?:-.*)?(?!x)[a-z]$/', 'has nothing beside {branch}', '{branch}-{sha}'],
    ['/(?<branch>.+)(?:-|.)/', 'has nothing beside {branch}', '{branch}-{sha}'],
  ])('%.60s', (pattern, problem, wayOut) => {
    const said = complaint(() => parseTagPatterns([pattern]));
    expect(said).toContain(problem);
    expect(said.split('\n')[1]).toContain(wayOut);
  });

  test.each([
    [[], '"" is empty', 'Write * for every tag.'],
    [['!a', '!b'], '"!a, !b" only excludes', 'Say what may match, too: "*, !a, !b".'],
    [
      ['latest', 'v{version}'],
      '"v{version}" carries other placeholders than "latest"',
      '"v{version}", "release-{version}"',
    ],
    [['{version}-{number}', '{number}-{version}'], 'carries other placeholders than', 'in the same order'],
    [['{version}-{group}', '{version}'], 'carries other placeholders than', 'in the same order'],
    [['pr-{pr}', 'branch-{branch}'], 'carries other placeholders than', 'in the same order'],
  ])('%j', (patterns, problem, wayOut) => {
    const said = complaint(() => parseTagPatterns(patterns));
    expect(said).toContain(problem);
    expect(said).toContain(wayOut);
  });

  test('carry the offending text', () => {
    expect(() => parseTagPatterns(['v{version}', 'v{semver}'])).toThrow(
      expect.objectContaining({ name: 'PatternError', text: 'v{semver}', wayOut: 'Write "v{version}".' }),
    );
    expect(new PatternError('a', 'is bad', 'Write b.').message).toBe('"a" is bad');
  });

  test.each([
    '{a,b}',
    '{1..3}',
    'branch-{branch}',
    '{branch}-{sha}',
    '{branch}{date}',
    '{branch}{number}',
    '{branch}-*',
    '/(?<branch>.+)-\\w+/',
    '/(?<branch>feature-.+)/',
    '/(?<branch>.+)(?:a|bc){2}/',
    '/(?<branch>.+)\\x2d\\p{L}/',
    '[pr]-*',
    '[]a]',
  ])('%s is fine', (pattern) => {
    expect(complaint(() => parseTagPatterns([pattern]))).toBe('nothing to complain about');
  });
});

describe('repository patterns', () => {
  test.each([
    [[], '"" is empty', 'Write ** for every repository.'],
    [[''], '"" is empty', 'Write ** for every repository.'],
    [['!'], '"!" is empty', 'Write ** for every repository.'],
    [['!a'], '"!a" names nothing that it doesn\'t exclude', 'Say what may match, too: "**, !a".'],
    [['a', '!a'], '"a, !a" names nothing that it doesn\'t exclude', '"**, a, !a"'],
    [['Apps/Web'], '"Apps/Web" has upper-case letters', 'Write "apps/web".'],
    [['Apps/*'], '"Apps/*" has upper-case letters', 'Write "apps/*".'],
    [['/apps/web'], 'begins or ends with a slash', 'Write "apps/web".'],
    [['apps/web/'], 'begins or ends with a slash', 'Write "apps/web".'],
    [['apps//web'], 'has a part without a name', 'Write "apps/web".'],
    [['apps/web:v1'], 'has a tag or a digest in it', 'Write "apps/web".'],
    [['apps/web@sha256:abc'], 'has a tag or a digest in it', 'Write "apps/web".'],
    [['!apps/*:v1'], 'has a tag or a digest in it', 'Write "apps/*".'],
    [['localhost:5000/Apps/web'], 'begins with a registry', 'Write "apps/web".'],
    [['https://registry.example.com/apps/web'], 'is a URL', 'Write "apps/web".'],
    [['/apps-.*/'], 'looks like a regular expression', 'Write apps/* or apps/**.'],
    [['apps/_web'], 'is no name that a repository can have', 'apps/web'],
    [['apps/{version}'], 'has {version}, and a repository has no placeholders', 'Placeholders stand in tag patterns'],
    [['apps/{web'], 'has a { that is never closed', 'Close it'],
    [['apps/+(a/b)'], 'has / within ( )', 'Write such alternatives in braces: {a,b}.'],
    [['apps/[a/b]'], 'has a [ that is never closed', 'Close it'],
    [['apps web'], 'has " ", which no name in a registry holds', 'Names consist of'],
  ])('%j', (patterns, problem, wayOut) => {
    const said = complaint(() => parseRepositoryPatterns(patterns));
    expect(said).toContain(problem);
    expect(said.split('\n')[1]).toContain(wayOut);
  });
});
