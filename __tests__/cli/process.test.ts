/** The command line in a process of its own: what it ends with, and what stands on which stream. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pushImage, pushMultiPlatform } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import { renderCompletion } from '../../src/cli/completion.ts';
import { hasTerminals, inPipe, onTerminal } from './step.ts';

// A process each; on a busy machine its start alone takes seconds.
jest.setTimeout(240_000);

let registry: SandboxRegistry;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'registry-prune-cli-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  registry = await startSandboxRegistry({ profile: 'distribution-3.1' });
  for (const number of [1, 2, 3])
    await pushImage(registry, {
      repository: 'apps/web',
      tags: [`build-${number}`],
      created: `2026-01-0${number}T00:00:00Z`,
    });
  registry.forgetRequests();
});
afterEach(() => registry.close());

const rule = ['--repositories', 'apps/web', '--tags', 'build-{number}', '--keep-last', '1'];
const tags = (): readonly string[] => [...registry.store.tags('apps/web').keys()].sort();
const all = ['build-1', 'build-2', 'build-3'];
const escapes = '\u001b';

describe('in a pipe', () => {
  test('nobody to ask: refused before the registry is asked anything', async () => {
    const { code, out, err } = await inPipe(['prune', registry.url, ...rule]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Add --yes to delete all the same, or --dry-run to look.');
    expect(registry.requests).toEqual([]);
  });

  test('a dry run: plain lines, the plan where it was asked for, 0', async () => {
    const file = join(folder, 'plan.json');
    const { code, out, err } = await inPipe(['plan', registry.url, ...rule, '--out', file]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ {2}delete +build-1 /m);
    expect(out).toContain(`plan-file: ${file}\n`);
    expect(out).not.toContain(escapes);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ format: 'registry-prune.plan' });
    expect(tags()).toEqual(all);
  });

  test('--json: one document on stdout, the log on stderr', async () => {
    const { code, out, err } = await inPipe(['prune', registry.url, ...rule, '--yes', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ format: 'registry-prune.report', dryRun: false });
    expect(err).toContain('2 tags and 2 manifests deleted in 1 repository');
    expect(tags()).toEqual(['build-3']);
  });

  test('a guard refuses: 3, and nothing was deleted', async () => {
    const { code, err } = await inPipe(['prune', registry.url, ...rule, '--yes', '--max-deletions', '1']);
    expect(code).toBe(3);
    expect(err).toContain('error: max-deletions: The plan deletes 2 of the 3 tags seen');
    expect(tags()).toEqual(all);
  });

  test('a bad input: 2, said with options', async () => {
    const { code, err } = await inPipe(['plan', registry.url, ...rule.slice(0, -1), 'ten']);
    expect(code).toBe(2);
    expect(err).toContain('error: --keep-last: "ten" is not a number');
    expect(err).toContain('    --keep-last 10\n');
    expect(registry.requests).toEqual([]);
  });

  test('a misspelt option: 2, with the one that was meant', async () => {
    const { code, out, err } = await inPipe(['plan', registry.url, '--kep-last', '3']);
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: 'error: There is no option --kep-last. Did you mean --keep-last?\n',
    });
  });

  test('ls: the table alone on stdout; what is missing makes it fail', async () => {
    await pushMultiPlatform(registry, {
      repository: 'apps/web',
      tags: ['multi'],
      platforms: [
        { os: 'linux', architecture: 'amd64' },
        { os: 'linux', architecture: 'arm64' },
      ],
      attestations: true,
    });
    const { code, out, err } = await inPipe(['ls', registry.url, '--repositories', 'apps/web, apps/api']);
    expect(code).toBe(1);
    const [title = '', head = '', ...rows] = out.trimEnd().split('\n');
    expect(title).toMatch(/^apps\/web: 4 tags, \d/);
    expect(head.trim().split(/ {2,}/)).toEqual(['TAG', 'AGE', 'SIZE', 'PLATFORMS', 'DIGEST']);
    expect(rows.map((row) => row.trim().split(/ +/)[0])).toEqual(expect.arrayContaining([...all, 'multi']));
    expect(rows.find((row) => row.includes('multi'))).toMatch(/ 2 {2}sha256:[0-9a-f]{12}…$/);
    expect(err).toContain('error: apps/api: the registry has no such repository.');
    expect(registry.requests.every(({ method }) => ['GET', 'HEAD'].includes(method))).toBe(true);
  });
});

test('a wrong password: 1, and it is shown nowhere', async () => {
  const closed = await startSandboxRegistry({ auth: { kind: 'basic', username: 'me', password: 'right' } });
  try {
    const { code, out, err } = await inPipe(['ls', closed.url, '--username', 'me', '--password-stdin', '--json'], {
      input: 'open-sesame\n',
    });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      format: 'registry-prune.error',
      failures: [expect.stringContaining('401')],
    });
    expect(err).toMatch(/^error: .*password/ms);
    expect(out + err).not.toContain('sesame');
  } finally {
    await closed.close();
  }
});

(hasTerminals ? describe : describe.skip)('on a terminal', () => {
  const question = 'Delete 2 tags and 2 manifests in 1 repository';

  test('yes: the counts are asked about first, then it is done', async () => {
    const { code, seen } = await onTerminal(['prune', registry.url, ...rule], { after: 'No', keys: 'y' });
    expect(code).toBe(0);
    expect(seen).toContain(question);
    // Struck, since it goes; what stays is not shown before the question.
    expect(seen).toContain('\u001b[9mbuild-1\u001b[29m');
    expect(tags()).toEqual(['build-3']);
  });

  test.each([
    ['no', 'n'],
    ['Enter', '\r'],
    ['Ctrl-C', '\u0003'],
  ])('%s deletes nothing: 3', async (_, keys) => {
    const { code, seen } = await onTerminal(['prune', registry.url, ...rule], { after: 'No', keys });
    expect(code).toBe(3);
    expect(seen).toContain('nothing was deleted, because the answer was not yes');
    expect(registry.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([]);
    expect(tags()).toEqual(all);
  });

  test('a dry run draws tables and bars; NO_COLOR takes the colours away', async () => {
    const args = ['prune', registry.url, ...rule, '--dry-run'];
    const { code, seen } = await onTerminal(args, undefined, { env: { NO_COLOR: '1' } });
    expect(code).toBe(0);
    expect(seen.replaceAll('\r\u001b[2K', '')).not.toContain(escapes);
    expect(seen).toMatch(/TAG +VERDICT +DIGEST +WHY/);
    expect(seen).toMatch(/build-3 +keep +sha256:[0-9a-f]{12}… +newest of 3/);
    expect(seen).toMatch(/apps\/web +█{30} +[\d.]+ \w+ +2 of 3 tags/);
    const lines = seen.split('\n').map((line) => line.replace(/\r/g, ''));
    expect(lines.filter((line) => /^ {2}build-/.test(line) && line.length > 100)).toEqual([]);
  });
});

describe('completion', () => {
  const words = (typed: readonly string[]): readonly string[] => {
    const quoted = typed.map((word) => `'${word}'`).join(' ');
    const script = `${renderCompletion('bash')}
COMP_WORDS=(${quoted}); COMP_CWORD=${typed.length - 1}; _registry_prune; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.split('\n').filter((word) => word !== '');
  };

  test('bash: commands, the options of each, values that are known', () => {
    expect(words(['registry-prune', 'p'])).toEqual(['prune', 'plan']);
    expect(words(['registry-prune', 'plan', '--o'])).toEqual(['--older-than', '--out']);
    expect(words(['registry-prune', '--keep-l'])).toEqual(['--keep-last']);
    expect(words(['registry-prune', 'ls', '--keep'])).toEqual([]);
    expect(words(['registry-prune', 'gc', '--garbage-collect', 'o'])).toEqual(['offline', 'online']);
    expect(words(['registry-prune', 'completion', 'z'])).toEqual(['zsh']);
    expect(words(['registry-prune', 'prune', '--pass'])).toEqual(['--password-stdin']);
  });

  const isHere = (shell: string): boolean => spawnSync(shell, ['--version']).error === undefined;

  for (const shell of ['zsh', 'fish'] as const)
    (isHere(shell) ? test : test.skip)(`${shell} takes it`, () => {
      const file = join(folder, `completion.${shell}`);
      writeFileSync(file, renderCompletion(shell));
      const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    });

  (isHere('fish') ? test : test.skip)('fish: commands, and the options of each', () => {
    const file = join(folder, 'words.fish');
    writeFileSync(file, renderCompletion('fish'));
    const words = (typed: string): readonly string[] => {
      const args = ['--no-config', '-c', `source ${file}; complete -C '${typed}'`];
      const { stdout } = spawnSync('fish', args, { encoding: 'utf8' });
      return stdout.split('\n').flatMap((line) => (line === '' ? [] : (line.split('\t')[0] ?? [])));
    };
    expect([...words('registry-prune p')].sort()).toEqual(['plan', 'prune']);
    expect(words('registry-prune plan --ou')).toEqual(['--out']);
    expect(words('registry-prune ls --keep-l')).toEqual([]);
  });
});
