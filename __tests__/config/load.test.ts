import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ConfigError, doors, inputDefinitions, inputsOf, loadConfig } from '../../src/config/index.ts';
import type { Config, InputProblem } from '../../src/config/index.ts';
import { attempt } from '../../src/config/patterns.ts';

type Inputs = Readonly<Record<string, string>>;

const enough: Inputs = { registry: 'registry.example.com', repositories: 'apps/web', 'keep-last': '3' };
/** What is refused beside a policy, taken out of it. */
const noRule: Inputs = { repositories: '', 'keep-last': '' };
/** What an ed25519 key looks like; the bytes are none. */
const sshKey = `-----BEGIN OPENSSH PRIVATE KEY-----\n${'b3BlbnNzaC1rZXktdjE'.repeat(4)}\n-----END OPENSSH PRIVATE KEY-----\n`;
const knownHosts = 'registry.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1VQ6nDkd9Tn4JhTDLmmoWc';
const noFile = (path: string): never => {
  throw new Error(`nothing reads ${path}`);
};

function load(inputs: Inputs): Config {
  return loadConfig(new Map(Object.entries(inputs)), noFile);
}

function errorOf(inputs: Inputs): ConfigError {
  try {
    load(inputs);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('no error');
}

function problemsOf(inputs: Inputs): readonly InputProblem[] {
  return errorOf(inputs).problems;
}

describe('what is given', () => {
  test('the least, and the defaults', () => {
    const { policy, ...rest } = load(enough);
    expect(rest).toEqual({
      origin: 'https://registry.example.com',
      tlsVerify: true,
      keepReferencedIn: [],
      registryAliases: [],
      dryRun: false,
      concurrency: 16,
      garbageCollect: 'off',
      deleteUntagged: false,
      untaggedGraceSeconds: 7 * 86_400,
      removeEmptyRepositories: false,
      host: { service: { kind: 'docker', name: 'registry' } },
    });
    expect(policy.dateSource).toBe('created');
    expect(policy.keepTags.source).toEqual(['latest']);
    expect(policy.rules).toHaveLength(1);
    expect(policy.rules[0]).toMatchObject({ name: 'inputs', keepLast: 3 });
    expect(policy.rules[0]?.repositories.source).toEqual(['apps/web']);
    expect(policy.rules[0]?.tags.source).toEqual(['*']);
  });

  test('everything', () => {
    const { policy, ...rest } = load({
      registry: ' http://localhost:5000 ',
      username: ' robot ',
      password: ' a secret \n',
      'tls-verify': 'False',
      repositories: 'apps/**, !apps/base\ntools',
      tags: 'build-{number}, release-{number}',
      'keep-tags': 'stable\n!latest',
      'keep-last': '0',
      'older-than': '1d12h',
      'keep-referenced-in': 'deploy/**/*.yaml, !deploy/old/**\nmy stack/compose.yml',
      'registry-aliases': 'https://Mirror.example.com/, registry:5000/apps',
      'github-token': 'ghs_16C7e42F292c6912E7710c838347Ae178B4a\n',
      'github-repository': 'acme/apps',
      'date-source': 'pushed',
      'dry-run': 'TRUE',
      'max-deletions': '20%',
      'delete-untagged': 'true',
      'untagged-grace': '12h',
      'garbage-collect': 'True',
      'registry-service': 'compose:/srv/registry/compose.yaml#registry',
      'registry-config': ' /etc/registry.yml ',
      'remove-empty-repositories': 'true',
      'ssh-host': 'deploy@registry.example.com:2222',
      'ssh-key': `\n${sshKey.replaceAll('\n', '\r\n')}`,
      'ssh-key-passphrase': ' correct horse \n',
      'ssh-known-hosts': knownHosts,
      concurrency: '256',
    });
    expect(rest).toEqual({
      origin: 'http://localhost:5000',
      username: 'robot',
      password: ' a secret ',
      tlsVerify: false,
      keepReferencedIn: ['deploy/**/*.yaml', '!deploy/old/**', 'my stack/compose.yml'],
      registryAliases: ['mirror.example.com', 'registry:5000/apps'],
      githubToken: 'ghs_16C7e42F292c6912E7710c838347Ae178B4a',
      githubRepository: 'acme/apps',
      dryRun: true,
      maxDeletions: { kind: 'percent', percent: 20 },
      garbageCollect: 'offline',
      deleteUntagged: true,
      untaggedGraceSeconds: 12 * 3600,
      removeEmptyRepositories: true,
      host: {
        service: { kind: 'compose', file: '/srv/registry/compose.yaml', service: 'registry' },
        registryConfig: '/etc/registry.yml',
        ssh: {
          user: 'deploy',
          host: 'registry.example.com',
          port: 2222,
          key: sshKey,
          passphrase: ' correct horse ',
          knownHosts: `${knownHosts}\n`,
        },
      },
      concurrency: 256,
    });
    expect(policy.dateSource).toBe('pushed');
    expect(policy.keepTags.source).toEqual(['stable', '!latest']);
    expect(policy.rules[0]).toMatchObject({ keepLast: 0, olderThanSeconds: 36 * 60 * 60 });
    expect(policy.rules[0]?.repositories.source).toEqual(['apps/**', '!apps/base', 'tools']);
    expect(policy.rules[0]?.tags.source).toEqual(['build-{number}', 'release-{number}']);
  });

  test('ca-certificate is read from the file that it names', () => {
    const read: string[] = [];
    const readFile = (path: string): string => {
      read.push(path);
      return 'no certificate';
    };
    expect(() => loadConfig(new Map(Object.entries({ ...enough, 'ca-certificate': 'ca.pem' })), readFile)).toThrow(
      'ca-certificate: The file "ca.pem" holds no certificate',
    );
    expect(read).toEqual(['ca.pem']);
  });

  test('ca-certificate as text', () => {
    const pem = readFileSync(`${import.meta.dirname}/certificates/ca.pem`, 'utf8');
    expect(load({ ...enough, 'ca-certificate': pem }).caCertificate).toBe(pem);
  });

  test('max-deletions as a number', () => {
    expect(load({ ...enough, 'max-deletions': '50' }).maxDeletions).toEqual({ kind: 'count', count: 50 });
  });

  test('an empty text is nothing given: that is what GitHub passes', () => {
    const unset = Object.fromEntries(inputDefinitions.map(({ name }) => [name, '']));
    expect(JSON.stringify(load({ ...unset, ...enough, typo: ' ' }))).toBe(JSON.stringify(load(enough)));
  });

  test('age alone keeps one image', () => {
    const config = load({ registry: 'host', repositories: 'app', 'older-than': '30d' });
    expect(config.policy.rules[0]).toMatchObject({ keepLast: 1, olderThanSeconds: 30 * 86400 });
  });
});

describe('what asks GitHub', () => {
  const github = { 'github-token': 'token', 'github-repository': 'acme/apps' };
  test('a rule with {pr} or {branch} carries the repository to ask, and needs no other condition', () => {
    for (const tags of ['pr-{pr}, pr-{pr}-*', '{branch}-{sha}']) {
      const { policy } = load({ registry: 'host', repositories: 'app', tags, ...github });
      expect(policy.rules).toEqual([expect.objectContaining({ keepLast: 0, repo: 'acme/apps' })]);
    }
  });

  test('a list of refs needs no token, and the repository that it is of all the same', () => {
    const rule = { registry: 'host', repositories: 'app', tags: 'pr-{pr}' };
    const read = (inputs: Readonly<Record<string, string>>): unknown =>
      loadConfig(new Map(Object.entries(inputs)), noFile, { liveRefs: true }).policy.rules;
    expect(read({ ...rule, 'github-repository': 'acme/apps' })).toEqual([
      expect.objectContaining({ repo: 'acme/apps' }),
    ]);
    expect(() => read(rule)).toThrow('github-repository');
    expect(() => loadConfig(new Map(Object.entries({ ...rule, 'github-repository': 'a/b' })), noFile)).toThrow(
      'github-token',
    );
  });

  test('every other rule is no matter of GitHub', () => {
    const { policy, githubToken } = load({ ...enough, ...github });
    expect(policy.rules[0]).not.toHaveProperty('repo');
    expect(githubToken).toBe('token');
  });
});

describe('beside policy', () => {
  const policy = 'version: 1\nrules:\n  - repositories: app\n    keep-last: 1\n';

  test('what it says itself is refused, each with its name', () => {
    const rest = { repositories: 'app', tags: '*', 'keep-tags': 'a', 'keep-last': '1', 'older-than': '1d' };
    const problems = problemsOf({ registry: 'host', policy, ...rest });
    expect(problems.map(({ input }) => input)).toEqual(Object.keys(rest));
    for (const { what } of problems) expect(what).toContain('beside policy');
  });

  test('nothing else is', () => {
    const others = { 'dry-run': 'true', concurrency: '3', 'max-deletions': '1' };
    expect(load({ registry: 'host', policy, ...others })).toMatchObject({ dryRun: true, concurrency: 3 });
  });

  test('what GitHub passes for inputs that were not given is not refused', () => {
    const unset = Object.fromEntries(inputDefinitions.map(({ name }) => [name, '']));
    expect(load({ ...unset, registry: 'host', policy }).policy.rules).toHaveLength(1);
  });

  test('a problem of it and a problem of an input are said together', () => {
    const { problems } = errorOf({ registry: 'host', policy: `${policy}typo: 1\n`, 'dry-run': 'maybe' });
    expect(problems.map(({ input, at }) => [input, at])).toEqual([
      ['policy', { file: 'policy', line: 5, column: 1 }],
      ['dry-run', undefined],
    ]);
  });
});

describe('what is wrong', () => {
  const cases: readonly (readonly [what: string, given: Inputs, input: string, words: readonly string[]])[] = [
    ['no registry', { registry: '' }, 'registry', ['required']],
    ['no repositories', { repositories: '' }, 'repositories', ['required']],
    ['no condition', { 'keep-last': '' }, 'keep-last', ['condition', 'keep-last: 0']],
    ['a registry that is none', { registry: 'ssh://host' }, 'registry', ['"ssh://host"', 'https://']],
    ['an account in registry', { registry: 'https://me:pw@host' }, 'registry', ['"https://***@host"', 'username']],
    ['a name without a password', { username: 'me' }, 'username', ['"me"', 'password', 'forks']],
    ['a password without a name', { password: 's3cret' }, 'password', ['username']],
    ['a name that can not be', { username: 'a:b', password: 'x' }, 'username', ['"a:b"', 'colon']],
    ['no certificate', { 'ca-certificate': 'no\ncertificate' }, 'ca-certificate', ['BEGIN CERTIFICATE']],
    ['an unreadable file', { 'ca-certificate': '/x.pem' }, 'ca-certificate', ['"/x.pem"', 'nothing reads']],
    ['tls-verify: no', { 'tls-verify': 'no' }, 'tls-verify', ['"no"', 'true', 'false']],
    ['dry-run: tRUE', { 'dry-run': 'tRUE' }, 'dry-run', ['"tRUE"']],
    ['keep-last: -1', { 'keep-last': '-1' }, 'keep-last', ['"-1"', 'whole number']],
    ['keep-last: 1.5', { 'keep-last': '1.5' }, 'keep-last', ['"1.5"']],
    ['keep-last: ten', { 'keep-last': 'ten' }, 'keep-last', ['"ten"']],
    ['keep-last: huge', { 'keep-last': '99999999999999999999' }, 'keep-last', ['"99999999999999999999"']],
    ['bananas', { 'older-than': '30 bananas' }, 'older-than', ['"30 bananas"', '30d']],
    ['months', { 'older-than': '6 months' }, 'older-than', ['"6 months"']],
    ['no time', { 'older-than': '0d' }, 'older-than', ['"0d"']],
    ['max-deletions: all', { 'max-deletions': 'all' }, 'max-deletions', ['"all"', 'percentage']],
    ['max-deletions: 120%', { 'max-deletions': '120%' }, 'max-deletions', ['"120%"']],
    ['concurrency: 0', { concurrency: '0' }, 'concurrency', ['"0"', '1 to 256']],
    ['concurrency: 257', { concurrency: '257' }, 'concurrency', ['"257"']],
    ['concurrency: 1e2', { concurrency: '1e2' }, 'concurrency', ['"1e2"']],
    ['an unclosed pattern', { tags: 'ok, build-{number' }, 'tags', ['"build-{number"', 'closed']],
    ['an unclosed expression', { tags: '/build' }, 'tags', ['"/build"']],
    ['an unclosed repository', { repositories: 'apps/{a,b' }, 'repositories', ['"apps/{a,b"']],
    ['only excludes in tags', { tags: '!latest, !v*' }, 'tags', ['!']],
    ['only excludes in repositories', { repositories: '!apps/web' }, 'repositories', ['!']],
    ['doubled braces', { tags: '{{version}}' }, 'tags', ['"{{version}}"', '{version}']],
    ['unlike placeholders', { tags: 'v{version}, build-{number}' }, 'tags', ['{version}', '{number}']],
    ['pull requests of nobody', { tags: 'pr-{pr}', 'github-token': 't' }, 'github-repository', ['pull requests']],
    ['branches of nobody', { tags: '{branch}-{sha}', 'github-token': 't' }, 'github-repository', ['branches']],
    ['nobody to ask', { tags: 'pr-{pr}', 'github-repository': 'a/b' }, 'github-token', ['"pr-{pr}"', 'to ask']],
    ['a repository that is none', { 'github-repository': 'acme' }, 'github-repository', ['"acme"', 'owner/name']],
    ['a token of two words', { 'github-token': 'my s3cret' }, 'github-token', ['a space']],
    ['a token nobody put in', { 'github-token': '${{ github.token }}' }, 'github-token', ['"${{ github.token }}"']],
    [
      'a repository nobody put in',
      { 'github-repository': '${{github.repository}}' },
      'github-repository',
      ['"${{github.repository}}"', 'only GitHub does'],
    ],
    ['files of nothing', { 'keep-referenced-in': ',' }, 'keep-referenced-in', ['nothing between']],
    ['only files that are not', { 'keep-referenced-in': '!a, !b' }, 'keep-referenced-in', ['"!a, !b"', 'Say which']],
    ['files as YAML has them', { 'keep-referenced-in': '- a\n- b' }, 'keep-referenced-in', ['"- a"', '"- "']],
    ['files as JSON has them', { 'keep-referenced-in': '["a"]' }, 'keep-referenced-in', ['quotation mark']],
    ['an alias that is none', { 'registry-aliases': 'ok, ${REGISTRY}' }, 'registry-aliases', ['"${REGISTRY}"']],
    ['a policy that is not there', { ...noRule, policy: 'no.yml' }, 'policy', ['"no.yml"', 'actions/checkout']],
    ['date-source: mtime', { 'date-source': 'mtime' }, 'date-source', ['"mtime"', 'created nor pushed']],
    ['delete-untagged: maybe', { 'delete-untagged': 'maybe' }, 'delete-untagged', ['"maybe"']],
    ['untagged-grace: a week', { 'untagged-grace': 'a week' }, 'untagged-grace', ['"a week"', '30d']],
    ['garbage-collect: yes', { 'garbage-collect': 'yes' }, 'garbage-collect', ['"yes"', 'offline, online']],
    ['a service that is none', { 'registry-service': 'registry' }, 'registry-service', ['docker:registry']],
    [
      'a container that is a command',
      { 'registry-service': 'docker:x; rm -rf /' },
      'registry-service',
      ['"x; rm -rf /"'],
    ],
    ['a relative path', { 'registry-config': 'config.yml' }, 'registry-config', ['"config.yml"', 'from / on']],
    ['a program without it', { 'registry-service': 'command:/opt/r' }, 'registry-config', ['Say it']],
    ['not while it runs', { 'remove-empty-repositories': 'true' }, 'remove-empty-repositories', ['offline']],
    [
      'nor online',
      { 'remove-empty-repositories': 'true', 'garbage-collect': 'online' },
      'remove-empty-repositories',
      ['garbage-collect: offline'],
    ],
    ['empty-repositories: 1', { 'remove-empty-repositories': '1' }, 'remove-empty-repositories', ['"1"']],
    ['a host that is none', { 'ssh-host': 'ssh://host' }, 'ssh-host', ['"ssh://host"', 'URL']],
    ['a host with a password', { 'ssh-host': 'me:pw@host' }, 'ssh-host', ['"***@host"']],
    ['a key of nothing', { 'ssh-key': sshKey }, 'ssh-key', ['ssh-host']],
    ['a key that is none', { 'ssh-host': 'h', 'ssh-key': 'id_rsa' }, 'ssh-key', ['no private key']],
    ['a passphrase of nothing', { 'ssh-host': 'h', 'ssh-key-passphrase': 'x' }, 'ssh-key-passphrase', ['ssh-key']],
    ['known hosts of nothing', { 'ssh-known-hosts': knownHosts }, 'ssh-known-hosts', ['ssh-host']],
    ['known hosts that are none', { 'ssh-host': 'h', 'ssh-known-hosts': 'h' }, 'ssh-known-hosts', ['ssh-keyscan']],
    ['latest excluded from keep-tags', { 'keep-tags': '!l*' }, 'keep-tags', ['latest']],
    ['a list of nothing', { repositories: ', ,' }, 'repositories', ['", ,"']],
    ['a list as YAML has it', { repositories: '- apps/web\n- apps/api' }, 'repositories', ['"- apps/web"', '"- "']],
    ['a list as JSON has it', { tags: '["a","b"]' }, 'tags', ['quotation mark']],
    ['a list with spaces', { 'keep-tags': 'stable edge' }, 'keep-tags', ['"stable edge"', 'commas']],
    [
      'a registry before the repository',
      { registry: 'registry.example.com:5000', repositories: '!registry.example.com:5000/app' },
      'repositories',
      ['"!registry.example.com:5000/app"', 'repository alone'],
    ],
    ['a name nearly right', { keep_last: '3' }, '"keep_last"', ['Did you mean keep-last?']],
    ['a name of nothing', { frobnicate: 'x' }, '"frobnicate"', ['registry, username', 'concurrency']],
  ];
  test.each(cases)('%s', (_, given, input, words) => {
    const error = errorOf({ ...enough, ...given });
    expect(error.problems.map((problem) => problem.input)).toEqual([input]);
    for (const word of words) expect(error.problems[0]?.what).toContain(word);
    expect(error.message).toMatch(/^\S+: .*[.?] For example:\n {4}[a-z-]+: \S/);
  });

  test('all of it at once, in the order of the inputs', () => {
    const problems = problemsOf({
      'tls-verify': 'yes',
      tags: '{{version}}',
      'keep-tags': 'a b',
      'keep-referenced-in': '!a',
      'registry-aliases': '/',
      'github-token': 'a b',
      'github-repository': 'c',
      'date-source': 'x',
      'dry-run': 'maybe',
      'max-deletions': '-1',
      'ssh-key-passphrase': 'x',
      'garbage-collect': 'x',
      'remove-empty-repositories': 'true',
      concurrency: 'many',
      'keep-lst': '3',
    });
    expect(problems.map(({ input }) => input)).toEqual([
      'registry',
      'tls-verify',
      'repositories',
      'tags',
      'keep-tags',
      'date-source',
      'keep-referenced-in',
      'registry-aliases',
      'github-token',
      'github-repository',
      'dry-run',
      'max-deletions',
      'garbage-collect',
      'ssh-key-passphrase',
      'concurrency',
      '"keep-lst"',
    ]);
  });

  test('a condition that can not be read is not a missing one as well', () => {
    expect(problemsOf({ ...enough, 'keep-last': 'x' })).toHaveLength(1);
    expect(problemsOf({ ...enough, 'keep-last': 'x', 'older-than': '30d' })).toHaveLength(1);
    expect(problemsOf({ ...enough, 'keep-last': 'x', 'older-than': 'y' })).toHaveLength(2);
    // It may have been {pr}, which is one.
    expect(problemsOf({ ...enough, 'keep-last': '', tags: 'pr-{pr' })).toHaveLength(1);
    expect(problemsOf({ ...enough, 'keep-last': '', repositories: '' })).toHaveLength(2);
  });

  test('a repository or a token that can not be read is not a missing one as well', () => {
    const asks = { registry: 'host', repositories: 'app', tags: 'pr-{pr}' };
    expect(problemsOf({ ...asks, 'github-repository': 'x', 'github-token': 'y z' })).toHaveLength(2);
    expect(problemsOf(asks).map(({ input }) => input)).toEqual(['github-token', 'github-repository']);
  });

  test('the message is a paragraph for each, ready to be shown', () => {
    expect(errorOf({ repositories: 'app', 'keep-last': '-1' }).message).toBe(
      [
        'registry: This input is required, and it was not given. For example:',
        '    registry: registry.example.com',
        '',
        'keep-last: "-1" is not a number of images to keep. Give a whole number, 0 or more. For example:',
        '    keep-last: 10',
      ].join('\n'),
    );
  });

  test('no secret is in it, and no line break of the text', () => {
    const given = { 'ssh-key': 'k3ytext', 'ssh-key-passphrase': 'hunter2', password: 'pa55word' };
    const { message } = errorOf({ ...enough, ...given, registry: 'me:s3cret@host', 'keep-last': 'a\nb' });
    expect(message).not.toMatch(/s3cret|pa55word|k3ytext|hunter2/);
    expect(message).toContain('"a b"');
  });

  test('very long text is shortened', () => {
    expect(errorOf({ ...enough, 'keep-last': 'x'.repeat(5000) }).message.length).toBeLessThan(500);
  });

  test('the example of each input is correct lines, its own among them', () => {
    const inputs = inputsOf(doors.prune);
    const examples = inputs.map(({ example }) => parse(example, { schema: 'failsafe' }) as Inputs);
    expect(examples.map((lines, index) => (inputs[index]?.name ?? '') in lines)).not.toContain(false);
    // GitHub puts something in for an expression; certificates, keys and known hosts can't be any text; no shard collects.
    const given = Object.entries(Object.assign({}, ...examples) as Inputs)
      .filter(([name]) => !/^(?:ca-certificate|policy|shard|ssh-key.*|ssh-known-hosts)$/.test(name))
      .map(([name, text]) => [name, text.startsWith('${{') ? 'something' : text] as const);
    expect(() => load(Object.fromEntries(given))).not.toThrow();
  });
});

test('an error that is no answer passes', () => {
  expect(() =>
    attempt(() => {
      throw new TypeError('a bug');
    }),
  ).toThrow(TypeError);
});
