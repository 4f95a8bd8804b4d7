/** Every workflow that a reader may copy, and our own, by actionlint. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { doors } from '../../src/config/index.ts';
import { blocksOf, userPages } from '../docs/pages.ts';
import { whatIsHere } from '../real/registries.ts';
import { exampleNames } from './workflow.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const files = [
  ...exampleNames.map((name) => `examples/${name}.yml`),
  ...readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`),
].map((path) => [path, read(path)] as const);

/** The YAML blocks of a page that are workflows, or steps of one, by the line where they begin. */
function workflowsOn(page: string): readonly (readonly [where: string, text: string])[] {
  return blocksOf(page).flatMap(({ where, language, text }) => {
    if (language !== 'yaml') return [];
    if (/^jobs:/m.test(text)) return [[where, text]];
    return /^- (?:uses|run|name):/.test(text) ? [[where, jobOf(text)]] : [];
  });
}

function jobOf(steps: string): string {
  const head = ['on: workflow_dispatch', 'jobs:', '  job:', '    runs-on: ubuntu-latest', '    steps:'];
  return `${head.join('\n')}\n${steps.replace(/^(?=.)/gm, '      ')}`;
}

const found = whatIsHere().tools.find(({ name }) => name === 'actionlint');

describe('actionlint', () => {
  if (found === undefined) {
    const why = whatIsHere().missing.find(({ name }) => name === 'actionlint')?.why;
    test.skip(`the examples: ${why ?? 'not on this machine'}`, () => undefined);
    return;
  }
  /** What it has to say. Of shell and Python it sees only what every machine sees alike. */
  const complaintsAbout = (name: string, text: string): string => {
    const words = ['-no-color', '-shellcheck=', '-pyflakes=', '-stdin-filename', name, '-'];
    const ran = spawnSync(found.path, words, { input: text, encoding: 'utf8', timeout: 60_000 });
    return ran.stdout + ran.stderr + (ran.error === undefined ? '' : String(ran.error));
  };

  test('is there, and finds what is wrong', () => {
    expect(complaintsAbout('wrong.yml', 'on: pushed\njobs: {}\n')).toContain('unknown Webhook event "pushed"');
  });

  test.each([...files, ...userPages.flatMap(workflowsOn)])('%s', (where, text) => {
    expect(complaintsAbout(where, text)).toBe('');
  });

  test('every action.yml is one that GitHub takes, its icon and its colour among it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'registry-prune-actionlint-'));
    try {
      const steps = Object.values(doors).map(({ action, main }) => {
        mkdirSync(join(folder, dirname(action)), { recursive: true });
        copyFileSync(join(root, action), join(folder, action));
        mkdirSync(join(folder, 'dist'), { recursive: true });
        writeFileSync(join(folder, 'dist', main), '');
        return `      - uses: ./${dirname(action).replace(/^\.$/, '')}`;
      });
      const workflows = join(folder, '.github/workflows');
      mkdirSync(workflows, { recursive: true });
      mkdirSync(join(folder, '.git'));
      const complaints = (): string => {
        const text = `on: push\njobs:\n  all:\n    runs-on: ubuntu-latest\n    steps:\n${steps.join('\n')}\n`;
        writeFileSync(join(workflows, 'all.yml'), text);
        const words = ['-no-color', '-shellcheck=', '-pyflakes='];
        const ran = spawnSync(found.path, words, { cwd: folder, encoding: 'utf8', timeout: 60_000 });
        return ran.stdout + ran.stderr;
      };
      // The required inputs, which these steps leave out, are all that is wrong.
      const others = complaints()
        .match(/: .*\[\w+\]$/gm)
        ?.filter((line) => !line.includes('missing input'));
      expect(others ?? []).toEqual([]);
      writeFileSync(join(folder, 'action.yml'), read('action.yml').replace('icon: scissors', 'icon: broom'));
      expect(complaints()).toContain('broom');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test.each(['README.md', 'docs/migration.md'])('reads what %s has', (page) => {
    expect(workflowsOn(page).length).toBeGreaterThan(2);
  });
});
