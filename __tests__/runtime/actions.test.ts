/** The runtime in a process of its own, as GitHub starts it and as a person does: what comes out of it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const step = join(import.meta.dirname, 'step.ts');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'registry-prune-runtime-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

type Ran = { readonly status: number | null; readonly out: readonly string[]; readonly err: readonly string[] };

function run(name: string, env: Readonly<Record<string, string>>): Ran {
  const ran = spawnSync(process.execPath, [step, name], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: homedir(), ...env },
  });
  const lines = (text: string): readonly string[] => text.split(/\r?\n/).filter((line) => line !== '');
  return { status: ran.status, out: lines(ran.stdout), err: lines(ran.stderr) };
}

function fileFor(name: string, text = ''): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const github = { GITHUB_ACTIONS: 'true' };
const debugging = { ...github, RUNNER_DEBUG: '1' };

describe('on GitHub', () => {
  test('lines, annotations and groups, and no command that a registry wrote', () => {
    const { status, out, err } = run('log', debugging);
    expect({ status, err }).toEqual({ status: 0, err: [] });
    expect(out).toEqual([
      'a line',
      ': :error::made by a registry',
      '::debug::a detail',
      '::notice::a notice',
      '::warning title=apps/web::two%0Alines',
      '::error title=a%3A title%2C two\\nlines::an error',
      '::group::apps/web',
      'kept v1',
      '# #[error]kept v2',
      '::endgroup::',
    ]);
  });

  test('details where the job is being debugged alone', () => {
    expect(run('log', github).out).toEqual(run('log', debugging).out.filter((line) => !line.startsWith('::debug::')));
  });

  test('an annotation points at its line, whatever marks the name of the file has', () => {
    expect(run('places', github).out).toEqual([
      '::warning title=a title,file=deploy/compose.yaml,line=3::look here',
      '::error file=a%2Cb%3Ac\\n.yml,line=12::two%0Alines',
    ]);
  });

  test('a secret is told to the runner once in each form, and hidden here as well', () => {
    const summary = fileFor('secret.md');
    const { out } = run('secrets', { ...github, GITHUB_STEP_SUMMARY: summary });
    const masks = out.filter((line) => line.startsWith('::add-mask::'));
    expect(masks).toContain('::add-mask::open sesame');
    expect(masks).toContain('::add-mask::open%2520sesame');
    expect(new Set(masks).size).toBe(masks.length);
    expect(masks.every((line) => line.length > '::add-mask::'.length)).toBe(true);
    const shown = out.filter((line) => !masks.includes(line));
    expect(shown[0]).toBe('***, please');
    expect(shown[1]).toMatch(/^::warning::Basic .*\*\*\*/);
    expect(shown.slice(2)).toEqual(['::group::***', '***', '::endgroup::']);
    expect(readFileSync(summary, 'utf8')).toBe('It was ***.\n');
  });

  test('outputs go into the file that GitHub names', () => {
    const file = fileFor('outputs');
    const { out } = run('outputs', { ...github, GITHUB_OUTPUT: file });
    expect(out).toEqual([]);
    expect(readFileSync(file, 'utf8')).toMatch(
      /^deleted-tags<<(\S+)\n\["apps\/web:v1"\]\n\1\nreport-file<<(\S+)\n\/tmp\/a\nb\n\2\n$/,
    );
  });

  test('the summary is added to the file that GitHub names', () => {
    const file = fileFor('summary.md', '# Before\n');
    run('summary', { ...github, GITHUB_STEP_SUMMARY: file });
    expect(readFileSync(file, 'utf8')).toBe('# Before\n# Done\n');
  });

  test('a summary that can not be written is a warning', () => {
    const { status, out } = run('summary', { ...github, GITHUB_STEP_SUMMARY: join(folder, 'nowhere') });
    expect(status).toBe(0);
    expect(out).toEqual([expect.stringMatching(/^::warning::The job summary could not be written .*ENOENT/)]);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  test('failing exits with 1 and says each reason once', () => {
    const { status, out } = run('fail', github);
    expect(status).toBe(1);
    expect(out).toEqual(['::error::the first%0Areason', '::error::the second']);
  });

  test('inputs and folders from the environment', () => {
    const { out } = run('inputs', { ...github, RUNNER_TEMP: folder, 'INPUT_KEEP-LAST': '3', INPUT_TAGS: '' });
    expect(out).toEqual(['[["keep-last","3"]]', `${folder} ${homedir()} ${homedir()}`]);
  });
});

describe('in a terminal', () => {
  test('plain lines, and what is wrong on the other stream', () => {
    const { out, err } = run('log', {});
    expect(out).toEqual(['a line', ': :error::made by a registry', 'apps/web', '  kept v1', '  # #[error]kept v2']);
    expect(err).toEqual([
      'notice: a notice',
      'warning: apps/web: two',
      'lines',
      'error: a: title, two\\nlines: an error',
    ]);
  });

  test('details where they are asked for, outputs among them', () => {
    expect(run('log', { RUNNER_DEBUG: '1' }).out).toContain('a detail');
    expect(run('outputs', {}).out).toEqual([]);
    expect(run('outputs', { RUNNER_DEBUG: '1' }).out).toEqual([
      'deleted-tags=["apps/web:v1"]',
      'report-file=/tmp/a\\nb',
    ]);
  });

  test('a secret is hidden, and shown nowhere to be hidden', () => {
    const { out, err } = run('secrets', {});
    expect(out).toEqual(['***, please', '***', '  ***']);
    expect(err).toEqual([expect.stringMatching(/^warning: Basic .*\*\*\*/)]);
  });

  test('the folder for files is the system’s, and a summary goes nowhere', () => {
    expect(run('inputs', { RUNNER_TEMP: '', TMPDIR: folder }).out[1]).toBe(`${folder} ${homedir()} ${homedir()}`);
    expect(run('summary', {})).toEqual({ status: 0, out: [], err: [] });
  });

  test('failing exits with 1', () => {
    const { status, err } = run('fail', {});
    expect({ status, err }).toEqual({ status: 1, err: ['error: the first', 'reason', 'error: the second'] });
  });

  test('a clock, a pause, a chance', () => {
    expect(run('time', {}).out).toEqual(['[true,true]']);
  });
});
