/** What is typed, and what becomes of it. */
import { describe, expect, test } from '@jest/globals';
import { commandNames, commands, ownOptionsOf, variableOf } from '../../src/cli/options.ts';
import { parseCommandLine } from '../../src/cli/parse.ts';
import { explainConfig, UsageError } from '../../src/cli/usage.ts';
import { ConfigError, doors, inputDefinitions, inputsOf, loadConfig, lsDoor } from '../../src/config/index.ts';

const given = (line: string, env: Readonly<Record<string, string>> = {}): ReturnType<typeof parseCommandLine> =>
  parseCommandLine(line === '' ? [] : line.split(' '), env);
const inputsFor = (line: string, env: Readonly<Record<string, string>> = {}): Record<string, string> => {
  const invocation = given(line, env);
  if (invocation.kind !== 'run') throw new Error(`${line} runs nothing.`);
  return Object.fromEntries(invocation.inputs);
};
const wrong = (line: string, env: Readonly<Record<string, string>> = {}): string => {
  try {
    given(line, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`${line} is taken.`);
};

describe('commands', () => {
  test.each([
    ['', { kind: 'help' }],
    ['--help', { kind: 'help' }],
    ['help', { kind: 'help' }],
    ['help gc', { kind: 'help', of: 'gc' }],
    ['gc -h', { kind: 'help', of: 'gc' }],
    ['--version', { kind: 'version' }],
    ['completion fish', { kind: 'completion', shell: 'fish' }],
    ['localhost:5000 --keep-last 3', { kind: 'run', command: 'prune' }],
    ['localhost --keep-last 3', { kind: 'run', command: 'prune' }],
    ['https://r.example.com', { kind: 'run', command: 'prune' }],
    ['--keep-last 3', { kind: 'run', command: 'prune', yes: false, json: false, passwordStdin: false }],
    ['apply -y --json --password-stdin', { kind: 'run', command: 'apply', yes: true, json: true, passwordStdin: true }],
    ['plan --out p.json --live-refs refs.txt', { kind: 'run', command: 'plan', out: 'p.json', liveRefs: 'refs.txt' }],
  ])('registry-prune %s', (line, what) => {
    expect(given(line)).toMatchObject(what);
  });

  test('without anything typed, the environment may say all of it', () => {
    expect(inputsFor('', { REGISTRY_PRUNE_REGISTRY: 'r.example.com' })).toEqual({ registry: 'r.example.com' });
  });
});

describe('inputs', () => {
  test('options, lists by repeating, switches both ways, and the registry by itself', () => {
    const line = 'prune r.example.com --tags a-* --tags=b-{x,y} --keep-last 3 --dry-run --no-tls-verify';
    expect(inputsFor(line)).toEqual({
      registry: 'r.example.com',
      tags: 'a-*\nb-{x,y}',
      'keep-last': '3',
      'dry-run': 'true',
      'tls-verify': 'false',
    });
    expect(inputsFor('--dry-run=false --tls-verify')).toEqual({ 'dry-run': 'false', 'tls-verify': 'true' });
    expect(inputsFor('--no-dry-run --no-dry-run')).toEqual({ 'dry-run': 'false' });
  });

  test('the environment stands in for what is not typed, secrets among them', () => {
    const env = {
      REGISTRY_PRUNE_REGISTRY: 'r.example.com',
      REGISTRY_PRUNE_PASSWORD: 'open sesame',
      REGISTRY_PRUNE_KEEP_LAST: '5',
      // Another command's, an empty one, and somebody else's.
      REGISTRY_PRUNE_PLAN_FILE: 'p.json',
      REGISTRY_PRUNE_TAGS: ' ',
      REGISTRY_PRUNE_HOMEPAGE_OF_OURS: 'x',
      KEEP_LAST: '7',
    };
    expect(inputsFor('--keep-last 3', env)).toEqual({
      registry: 'r.example.com',
      password: 'open sesame',
      'keep-last': '3',
    });
  });

  test('plan is a dry run, whatever the environment says', () => {
    expect(inputsFor('plan', { REGISTRY_PRUNE_DRY_RUN: 'false' })).toEqual({ 'dry-run': 'true' });
  });
});

describe('wrong usage', () => {
  test.each([
    ['plna', 'There is no command "plna". Did you mean plan?'],
    ['frobnicate', 'The commands are prune, plan,'],
    ['help frobnicate', 'There is no command "frobnicate".'],
    ['completion', 'completion: say for which shell: bash, zsh, fish.'],
    ['--kep-last 3', 'There is no option --kep-last. Did you mean --keep-last?'],
    ['--no-tls-verfy', 'Did you mean --no-tls-verify?'],
    ['--qqqqqqqqqqqqqqq=1', 'There is no option --qqqqqqqqqqqqqqq. See registry-prune prune --help.'],
    ['-x', 'There is no option -x. See registry-prune prune --help.'],
    ['ls --keep-last 3', 'ls has no option --keep-last: it is one of prune, plan, apply.'],
    ['plan --yes', 'plan has no option --yes: it is one of prune, apply, gc.'],
    ['plan --dry-run', 'plan has no option --dry-run: it is one of prune, apply, restore, gc.'],
    ['--keep-last', '--keep-last needs a value.'],
    ['--keep-last --dry-run', 'written --keep-last=VALUE'],
    ['--keep-last 3 --keep-last 4', '--keep-last was given more than once.'],
    ['--dry-run --no-dry-run', '--no-dry-run was given more than once.'],
    ['--dry-run=perhaps', '--dry-run is a switch and takes no value.'],
    ['--no-dry-run=true', '--no-dry-run is a switch and takes no value.'],
    ['prune r.example.com apps', 'Only the registry stands by itself, and "apps" came after it.'],
    ['prune r.example.com --registry r', 'The registry was given twice'],
    ['--password open', 'Set REGISTRY_PRUNE_PASSWORD, give --password-stdin, or log in with `docker login`.'],
    ['--github-token=open', 'Set REGISTRY_PRUNE_GITHUB_TOKEN.'],
  ])('registry-prune %s', (line, says) => {
    expect(wrong(line)).toContain(says);
  });

  test('a secret on the command line is not said again', () => {
    expect(wrong('--password open-sesame')).not.toContain('sesame');
  });

  test('a variable that is nearly an input’s: nobody would see that a guard is missing', () => {
    expect(wrong('ls', { REGISTRY_PRUNE_MAX_DELETION: '5' })).toBe(
      'There is no variable REGISTRY_PRUNE_MAX_DELETION. Did you mean REGISTRY_PRUNE_MAX_DELETIONS?',
    );
  });
});

describe('what is wrong with an input is said with options', () => {
  const explained = (
    inputs: Readonly<Record<string, string>>,
    files: Readonly<Record<string, string>> = {},
  ): string => {
    try {
      loadConfig(new Map(Object.entries(inputs)), (path) => files[path] ?? '');
    } catch (error) {
      if (error instanceof ConfigError) return explainConfig(error);
      throw error;
    }
    throw new Error('Nothing is wrong.');
  };

  test('options, switches and words for a shell', () => {
    const text = explained({ 'keep-last': 'ten', tags: 'a-{number', 'tls-verify': 'no', username: 'me' });
    expect(text).toContain(
      '--registry: This input is required, and it was not given. For example:\n    --registry registry.example.com',
    );
    expect(text).toContain('For example:\n    --no-tls-verify');
    expect(text).toContain("For example:\n    --tags 'build-{number}'");
    expect(text).toContain('--username VALUE\n    REGISTRY_PRUNE_PASSWORD=… in the environment');
  });

  test('a place in a policy stays the place', () => {
    const text = explained({ registry: 'r', policy: 'prune.yml' }, { 'prune.yml': 'version: 1\nrulez: []\n' });
    expect(text).toContain('\nprune.yml:2:1: "rulez" is no key. Did you mean rules?');
  });
});

test('every input of every door is an option of its command, and nothing else is', () => {
  const of = { ...doors, plan: doors.prune, ls: lsDoor };
  for (const name of commandNames) {
    const wanted = inputsOf(of[name]).map((input) => input.name);
    expect(commands[name].inputs.map((input) => input.name)).toEqual(
      name === 'plan' ? wanted.filter((each) => each !== 'dry-run') : wanted,
    );
  }
  const own = commandNames.flatMap((name) => ownOptionsOf(name).map((option) => option.name as string));
  expect(inputDefinitions.filter(({ name }) => own.includes(name))).toEqual([]);
  expect(variableOf('keep-last')).toBe('REGISTRY_PRUNE_KEEP_LAST');
});
