/** Everything that can be wrong with a policy: where, in which words, and which line shows it right. */
import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../src/config/index.ts';
import type { InputProblem } from '../../src/config/index.ts';

const github = { 'github-token': 'token', 'github-repository': 'acme/apps' };

function errorOf(text: string, inputs: Readonly<Record<string, string>> = github): ConfigError {
  try {
    const given = { registry: 'registry.example.com', policy: 'prune.yml', ...inputs };
    loadConfig(new Map(Object.entries(given)), () => text);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('no error');
}

function problemsOf(text: string, inputs?: Readonly<Record<string, string>>): readonly InputProblem[] {
  return errorOf(text, inputs).problems;
}

/** Where the only problem is, as `line:column`, and its words. */
function onlyProblem(text: string): { readonly at: string; readonly what: string; readonly example: string } {
  const problems = problemsOf(text);
  expect(problems.map(({ what }) => what)).toHaveLength(1);
  const [problem] = problems;
  expect(problem?.input).toBe('policy');
  expect(problem?.at?.file).toBe('prune.yml');
  return {
    at: `${problem?.at?.line ?? 0}:${problem?.at?.column ?? 0}`,
    what: problem?.what ?? '',
    example: problem?.example ?? '',
  };
}

/** `lines` are those of one rule, at column 5 from line 3 on. */
const rule = (...lines: readonly string[]): string =>
  `version: 1\nrules:\n  - ${lines.map((line) => line.replaceAll('\n', '\n    ')).join('\n    ')}\n`;
const fine = ['repositories: app', 'keep-last: 1'] as const;
const whole = rule(...fine);

type Row = readonly [about: string, text: string, at: string, what: string, example?: string];

const tables: Readonly<Record<string, readonly Row[]>> = {
  'the text as a whole': [
    ['nothing', '', '1:1', 'The policy is empty.', 'version: 1\nrules:\n  - repositories'],
    ['only a comment', '# nothing\n', '1:1', 'The policy is empty.'],
    ['only a document mark', '---\n', '1:4', 'and this is a text'],
    ['a list', '- a\n', '1:1', 'A policy is a map with the keys version and rules, and this is a list.'],
    ['a word', 'prune\n', '1:1', 'and this is a text.'],
    ['a giant', `# ${'x'.repeat(256 * 1024)}\n`, '1:1', 'larger than 256 KiB'],
    ['a giant in bytes', `# ${'ä'.repeat(128 * 1024)}\n`, '1:1', 'larger than 256 KiB'],
  ],
  'YAML that means something else than it shows': [
    ['a tag', rule('repositories: !!str app', 'keep-last: 1'), '3:19', '"!!str" is a tag in YAML'],
    ['an exclude', rule('repositories: [app, !base]', 'keep-last: 1'), '3:25', 'quotes: "!base"'],
    ['an anchor', rule('repositories: &all app', 'keep-last: 1'), '3:19', '"&all" is an anchor in YAML'],
    ['an anchor of a list', rule('repositories: &all', '  - app', 'keep-last: 1'), '3:19', '"&all" is an anchor'],
    ['an anchor of a key', `&a ${whole}`, '1:1', '"&a" is an anchor'],
    ['an anchor of a block', rule('repositories: &all |', '  app', 'keep-last: 1'), '3:19', '"&all" is an anchor'],
    ['an alias', rule('repositories: *all', 'keep-last: 1'), '3:19', '"*all" is an alias in YAML'],
    ['a star', rule(...fine, 'tags: *'), '5:11', 'Text that begins with "*" stands in quotes: "*".'],
    ['stars in a list', rule('repositories:', '  - **', 'keep-last: 1'), '4:9', 'stands in quotes: "**"'],
    ['an alias as a key', `*a : b\n${whole}`, '1:1', '"*a" is an alias'],
    ['a directive', `%YAML 1.1\n---\n${whole}`, '1:1', '"%YAML 1.1" is a directive'],
    ['a second document', `${whole}---\n${whole}`, '5:1', 'A second YAML document begins here.'],
    ['a merge', `<<: {version: 1}\n${whole}`, '1:1', '"<<" merges another map in'],
    ['a key twice', `${whole}version: 2\n`, '5:1', '"version" stands here a second time; the first is on line 1.'],
    ['a key twice in a rule', rule(...fine, 'keep-last: 9'), '5:5', 'the first is on line 4'],
    ['a list as a key', `? [a]\n: b\n${whole}`, '1:3', 'A list stands where a key is expected.'],
    ['a map as a key', `? {a: b}\n${whole}`, '1:3', 'A map stands where a key is expected.'],
    ['lists at depth', `version: 1\nrules: ${'['.repeat(40)}${']'.repeat(40)}\n`, '2:23', 'nested deeper'],
    ['maps at depth', `a: ${'{a: '.repeat(20)}${'}'.repeat(20)}\n`, '1:64', 'nested deeper'],
  ],
  'what is not YAML': [
    ['an open quote', 'version: "1\n', '2:1', 'is not YAML: Missing closing "quote'],
    ['an open bracket', 'version: 1\nrules: [\n', '3:1', 'is not YAML: Flow sequence'],
    ['a tab', `version: 1\n\trules: a\n`, '2:1', '"rules: a" is not YAML: Tabs are not allowed'],
    ['a closing bracket alone', ']', '1:1', '"]" is not YAML'],
    ['a colon within', rule('name: a: b', ...fine), '3:11', 'A text that holds ": " stands in quotes.'],
    ['braces in brackets', rule(...fine, 'tags: [v{version}]'), '5:13', 'stands in quotes: ["v{version}"].'],
    ['a reserved character', rule(...fine, 'tags: @a'), '5:11', 'cannot start with reserved character @'],
    ['several on a line', 'a: b: c: d: e\n', '1:4', 'is not YAML'],
  ],
  'the keys at the top': [
    ['a misspelt one', `${whole}keep-tag: a\n`, '5:1', '"keep-tag" is no key. Did you mean keep-tags?', 'keep-tags: ['],
    ['one that is none', `${whole}frobnicate: a\n`, '5:1', 'The keys here are version, keep-tags, rules.', 'rules:\n'],
    ['one of a rule', `${whole}older-than: 1d\n`, '5:1', 'it is a key of a rule', 'older-than: 30d'],
    ['an empty one', `${whole}"": 1\n`, '5:1', '"" is no key'],
    ['a prototype', `${whole}__proto__: {a: b}\n`, '5:1', '"__proto__" is no key'],
    ['no version', whole.replace('version: 1\n', ''), '1:1', 'version is missing here', 'version: 1'],
    ['another version', whole.replace('1', '2'), '1:10', '"2" is no format that this version reads', 'version: 1'],
    ['1.0', whole.replace('1', '1.0'), '1:10', '"1.0" is no format'],
    ['a version of nothing', whole.replace('1', ''), '1:10', 'Nothing stands behind version'],
    ['a version without a colon', whole.replace('version: 1', '? version'), '1:3', 'Nothing stands behind version'],
    ['versions', whole.replace('1', '[1]'), '1:10', 'version takes one value, and this is a list.'],
    ['no rules', 'version: 1\n', '1:1', 'rules is missing here', 'rules:\n  - repositories'],
    ['rules of nothing', 'version: 1\nrules:\n', '2:7', 'rules takes a list of rules, one at least.'],
    ['an empty list of rules', 'version: 1\nrules: []\n', '2:8', 'rules takes a list'],
    ['rules as a map', 'version: 1\nrules: {tags: a}\n', '2:8', 'rules takes a list'],
    ['a rule that is a word', `${whole}  - app\n`, '5:5', 'A rule is a map of keys, and this is "app".'],
    ['a rule that is a list', `${whole}  - [app]\n`, '5:5', 'A rule is a map of keys, and this is a list.'],
    ['a bad pattern to keep', `${whole}keep-tags: [ok, "v{"]\n`, '5:17', '"v{" has a { that is never closed'],
    ['latest taken out by the way', `${whole}keep-tags: ["!l*"]\n`, '5:12', 'matches latest'],
  ],
  'the keys of a rule': [
    ['a misspelt one', rule(...fine, 'tag: a'), '5:5', '"tag" is no key. Did you mean tags?', 'tags: ["pr-'],
    ['with a low line', rule('repositories: a', 'keep_last: 1', 'keep-last: 1'), '4:5', 'Did you mean keep-last?'],
    ['one that is none', rule(...fine, 'frobnicate: 1'), '5:5', 'The keys here are name, repositories,'],
    ['one of the top', rule(...fine, 'keep-tags: a'), '5:5', 'at the top of the policy', 'keep-tags: ['],
    ['no repositories', rule('keep-last: 1'), '3:5', 'repositories is missing here', 'repositories: ['],
    ['repositories of nothing', rule('repositories:', 'keep-last: 1'), '3:18', 'Nothing stands behind repositories.'],
    ['no condition', rule('repositories: a', 'tags: b'), '3:5', 'The rule has no condition', 'keep-last: 10'],
    ['keep-last-live alone', rule('repositories: a', 'keep-last-live: 2'), '4:21', 'no pattern of the rule says whose'],
    ['keep-last: ten', rule('repositories: a', 'keep-last: ten'), '4:16', '"ten" is not a number', 'keep-last: 10'],
    ['keep-last: -1', rule('repositories: a', 'keep-last: -1'), '4:16', '"-1" is not a number'],
    ['keep-last: 1.0', rule('repositories: a', 'keep-last: 1.0'), '4:16', '"1.0" is not a number'],
    ['keep-last as a list', rule('repositories: a', 'keep-last: [1]'), '4:16', 'takes one value, and this is a list'],
    ['keep-last-live: x', rule(...fine, 'keep-last-live: x'), '5:21', '"x" is not a number', 'keep-last-live: 5'],
    ['bananas', rule(...fine, 'older-than: 30 bananas'), '5:17', '"30 bananas" is not a duration', 'older-than: 30d'],
    ['no time', rule(...fine, 'older-than: 0d'), '5:17', '"0d" is no time at all'],
    ['a name of the inputs', rule('name: inputs', ...fine), '3:11', '"inputs" is the name of the rule that the inputs'],
    ['a name of two lines', rule('name: "a\\nb"', ...fine), '3:11', '"a b" is no name'],
    ['a name with an escape', rule('name: "a\\u001b[1m"', ...fine), '3:11', 'is no name'],
    ['a long name', rule(`name: ${'n'.repeat(101)}`, ...fine), '3:11', 'at most 100 characters'],
    ['a name of nothing', rule('name: " "', ...fine), '3:11', 'Nothing stands behind name.'],
    [
      'a name twice',
      `${rule('name: a', ...fine)}  - {name: " a", repositories: b, keep-last: 1}\n`,
      '6:12',
      'line 3, too',
    ],
    [
      'a name of another rule',
      `${rule('name: rule 2', ...fine)}  - {repositories: b, keep-last: 1}\n`,
      '6:5',
      '"rule 2"',
    ],
    [
      'a repository that is none',
      rule(...fine, 'github-repository: acme'),
      '5:24',
      '"acme" is not a repository on GitHub',
    ],
    [
      'repositories on GitHub',
      rule(...fine, 'github-repository: {a: b}'),
      '5:24',
      'takes one value, and this is a map',
    ],
  ],
  patterns: [
    ['a bad one in a list', rule(...fine, 'tags:', '  - ok', '  - "v{version"'), '7:9', '"v{version" has a {'],
    ['a bad one of several in a text', rule(...fine, 'tags: ok, v{'), '5:11', '"v{" has a { that is never closed'],
    ['one that is written twice', rule(...fine, 'tags: ["v{", "v{"]'), '5:12', '"v{" has'],
    ['look-alikes', rule(...fine, 'tags: ["{{version}}"]'), '5:12', 'Write "{version}"'],
    [
      'unlike ones',
      rule(...fine, 'tags: ["v{version}", "b-{number}"]'),
      '5:26',
      '"b-{number}" carries other placeholders',
    ],
    ['only excludes', rule(...fine, 'tags: ["!a", "!b"]'), '5:11', '"!a, !b" only excludes'],
    ['none', rule(...fine, 'tags: []'), '5:11', '"" is empty'],
    ['an empty one', rule(...fine, 'tags: [a, ""]'), '5:15', 'An item of this list is empty.'],
    ['a gap', rule(...fine, 'tags:', '  - a', '  -'), '7:8', 'An item of this list is empty.'],
    ['two in one item', rule(...fine, 'tags: ["a b"]'), '5:12', '"a b" holds a space or a quotation mark'],
    ['two in one item, with a comma', rule(...fine, 'tags: ["a,b"]'), '5:12', '"a,b" has a comma outside of { }'],
    ['quoted twice', rule(...fine, `tags: ["'a'"]`), '5:12', 'holds a space or a quotation mark'],
    ['a placeholder alone in a list', rule(...fine, 'tags:', '  - {version}'), '6:9', 'YAML takes this for a map.'],
    ['a placeholder alone', rule(...fine, 'tags: {version}'), '5:11', 'stands in quotes'],
    ['a list in a list', rule(...fine, 'tags: [[a]]'), '5:12', 'YAML takes this for a list.'],
    ['a bad repository', rule('repositories: [ok, App]', 'keep-last: 1'), '3:24', '"App" has upper-case letters'],
    [
      'a registry before the repository',
      rule('repositories: ["!registry.example.com/app", a]', 'keep-last: 1'),
      '3:20',
      'begins with the registry',
    ],
  ],
};

for (const [about, rows] of Object.entries(tables)) {
  describe(`${about}:`, () => {
    test.each(rows)('%s', (_, text, at, what, example = '') => {
      const problem = onlyProblem(text);
      expect(problem.what).toContain(what);
      expect(problem.at).toBe(at);
      expect(problem.example).toContain(example);
      expect(problem.what).toMatch(/[.?]$/);
    });
  });
}

describe('the message', () => {
  test('has file, line and column, the text, and a correct line', () => {
    expect(errorOf(rule(...fine, 'keep-lst: 3')).message).toBe(
      'prune.yml:5:5: "keep-lst" is no key. Did you mean keep-last? For example:\n    keep-last: 10',
    );
  });

  test('calls text in the input itself policy, with its own lines', () => {
    const policy = `\n  version: 1\n  rules: []\n`;
    expect(errorOf('', { policy }).message).toMatch(/^policy:3:10: rules takes a list/);
  });

  test('says what asks GitHub in vain: for each rule that has no repository, once that there is no token', () => {
    const text = [
      'version: 1',
      'rules:',
      '  - {repositories: a, tags: "pr-{pr}"}',
      '  - {repositories: b, tags: "b-{branch}"}',
      '  - {repositories: c, tags: "pr-{pr}", github-repository: acme/c}',
      '  - {repositories: d, keep-last: 1}',
    ].join('\n');
    expect(problemsOf(text, {}).map(({ input, what, example, at }) => [input, at?.line, what, example])).toEqual([
      [
        'policy',
        3,
        expect.stringContaining('"pr-{pr}" asks what became of pull requests'),
        'github-repository: acme/apps',
      ],
      [
        'policy',
        4,
        expect.stringContaining('"b-{branch}" asks what became of branches'),
        'github-repository: acme/apps',
      ],
      ['github-token', 3, expect.stringContaining('there is no github-token'), 'github-token: ${{ github.token }}'],
    ]);
    expect(problemsOf(text, { 'github-repository': 'acme/apps' })).toHaveLength(1);
    expect(problemsOf(text, { 'github-token': 't' })).toHaveLength(2);
  });

  test('tells everything at once, in the order of the text', () => {
    const text = `rulez: 1
keep-tags: ["{"]
rules:
  - tags: [a, "b{"]
    keep-last: x
    older-than: y
  - name: b
    repository: c
    repositories: "!d"
`;
    const problems = problemsOf(text);
    expect(problems.map(({ at }) => `${at?.line ?? 0}:${at?.column ?? 0}`)).toEqual([
      '1:1',
      '1:1',
      '2:13',
      '4:5',
      '4:15',
      '5:16',
      '6:17',
      '7:5',
      '8:5',
      '9:19',
    ]);
  });

  test('ends after 25 problems, and says how many follow', () => {
    const text = `${whole}${Array.from({ length: 40 }, (_, index) => `key${index}: 1\n`).join('')}`;
    const problems = problemsOf(text);
    expect(problems).toHaveLength(26);
    expect(problems[25]?.what).toBe('15 more problems stand from here on.');
    expect(problems[25]?.at?.line).toBe(30);
  });

  test('a file that is not there is named, with the reason', () => {
    const load = (): unknown =>
      loadConfig(
        new Map([
          ['registry', 'host'],
          ['policy', ' a/b.yml '],
        ]),
        (path) => {
          throw new Error(`ENOENT: no such file or directory, open '${path}'`);
        },
      );
    expect(load).toThrow(
      `policy: The file "a/b.yml" can't be read (ENOENT: no such file or directory, open 'a/b.yml').`,
    );
  });
});
