/** Every fenced block of every page is what it says it is: YAML that the loaders take, shell that a shell reads. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import {
  doors,
  inputsOf,
  loadApplyConfig,
  loadConfig,
  loadGcConfig,
  loadRestoreConfig,
  type Door,
} from '../../src/config/index.ts';
import { blocksOf, pages, readPage, root, userPages } from './pages.ts';

const blocks = pages.flatMap(blocksOf);
const inLanguage = (...languages: readonly string[]): readonly (readonly [where: string, text: string])[] =>
  blocks.filter(({ language }) => languages.includes(language)).map(({ where, text }) => [where, text]);

test('every block says what it is, and it is known how to check that', () => {
  const known = ['yaml', 'sh', 'bash', 'console', 'text', 'json', 'mermaid'];
  const others = blocks.filter(({ language }) => !known.includes(language));
  expect(others.map(({ where, language }) => `${where}: ${language}`)).toEqual([]);
});

type Fields = Readonly<Record<string, unknown>>;
type Step = { readonly uses?: string; readonly with?: Fields; readonly run?: string };
const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What a reader has there: it decides what it is held to. */
type Shape = 'workflow' | 'steps' | 'policy' | 'inputs' | 'kubernetes' | 'jobs of another CI';

const inputNames = new Set(Object.values(doors).flatMap((door: Door) => inputsOf(door).map(({ name }) => name)));

function shapeOf(yaml: unknown): Shape | undefined {
  if (Array.isArray(yaml)) return yaml.every(isMap) ? 'steps' : undefined;
  if (!isMap(yaml)) return undefined;
  if ('jobs' in yaml) return 'workflow';
  if ('apiVersion' in yaml) return 'kubernetes';
  if ('rules' in yaml) return 'policy';
  if (Object.keys(yaml).every((key) => inputNames.has(key))) return 'inputs';
  return Object.values(yaml).some((job) => isMap(job) && 'script' in job) ? 'jobs of another CI' : undefined;
}

const yamlBlocks = inLanguage('yaml').map(([where, text]) => {
  const yaml = parse(text) as unknown;
  return { where, text, yaml, shape: shapeOf(yaml) };
});
const ofShape = (shape: Shape): typeof yamlBlocks => yamlBlocks.filter((block) => block.shape === shape);

test('every YAML block is of a shape that is known', () => {
  expect(yamlBlocks.filter(({ shape }) => shape === undefined).map(({ where }) => where)).toEqual([]);
  for (const shape of ['workflow', 'steps', 'policy', 'inputs'] as const)
    expect(ofShape(shape).length).toBeGreaterThan(1);
});

/** What GitHub gives a step that doesn't say otherwise. */
const givenByGitHub = { 'github-token': 'a-token', 'github-repository': 'acme/apps' };
/** What stands behind expressions that can't be any text. */
const stored: Readonly<Record<string, string>> = {
  'ssh-key': String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
  'ssh-known-hosts': 'registry.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1VQ6nDkd9Tn4JhTDLmmoWc',
  shard: '1/8',
};
const isExpression = (value: unknown): boolean => typeof value === 'string' && value.includes('${{');

function inputsFrom(given: Fields): ReadonlyMap<string, string> {
  const entries = Object.entries(given).map(([name, value]): [string, string] => [
    name,
    isExpression(value) ? (stored[name] ?? 'from-an-expression') : String(value),
  ]);
  return new Map(entries);
}

/** A file that an input names; a policy is the one of the examples. */
const readFile = (path: string): string =>
  path.endsWith('.yml') ? readFileSync(join(root, 'examples/policy.yml'), 'utf8') : '';

const load: Readonly<Record<keyof typeof doors, (given: Fields) => unknown>> = {
  prune: (given) => loadConfig(inputsFrom({ ...givenByGitHub, ...given }), readFile),
  gc: (given) => loadGcConfig(inputsFrom(given), readFile),
  apply: (given) => loadApplyConfig(inputsFrom({ ...givenByGitHub, ...given }), readFile),
  restore: (given) => loadRestoreConfig(inputsFrom(given), readFile),
};

function stepsIn(yaml: unknown): readonly Step[] {
  if (Array.isArray(yaml)) return yaml as Step[];
  const { jobs } = yaml as { readonly jobs: Readonly<Record<string, { readonly steps?: readonly Step[] }>> };
  return Object.values(jobs).flatMap(({ steps = [] }) => steps);
}

describe('steps', () => {
  const steps = [...ofShape('workflow'), ...ofShape('steps')].flatMap(({ where, yaml }) =>
    stepsIn(yaml).map((step) => ({ where, ...step })),
  );
  const ours = steps.filter(({ uses = '' }) => uses.startsWith('OWNER/'));
  const nameOf = (uses: string | undefined): keyof typeof doors | undefined =>
    (Object.keys(doors) as (keyof typeof doors)[]).find((name) => doors[name].uses === uses);

  test('every door stands in one, and no other', () => {
    expect([...new Set(ours.map(({ uses }) => uses))].sort()).toEqual(
      Object.values(doors)
        .map(({ uses }) => uses)
        .sort(),
    );
  });

  test.each(ours.map((step) => [step.where, step] as const))('%s: its inputs make a configuration', (_, step) => {
    const name = nameOf(step.uses);
    expect(name).toBeDefined();
    if (name !== undefined) expect(() => load[name](step.with ?? {})).not.toThrow();
  });

  test('the first one of the README is a dry run', () => {
    const first = ours.find(({ where }) => where.startsWith('README.md:'));
    expect(first?.with?.['dry-run']).toBe(true);
  });

  test('what they run is shell', () => {
    const runs = steps.flatMap(({ where, run }) => (run === undefined ? [] : [[where, run] as const]));
    expect(runs.filter(([, run]) => shellFault(run) !== '')).toEqual([]);
  });
});

test.each(ofShape('inputs').map(({ where, yaml }) => [where, yaml as Fields] as const))(
  '%s: inputs, as far as they go',
  (_, given) => {
    const needed = { registry: 'registry.example.com', repositories: 'apps/web', 'older-than': '30d' };
    expect(() => load.prune({ ...needed, ...given })).not.toThrow();
  },
);

test.each(ofShape('policy').map(({ where, text }) => [where, text] as const))('%s: a policy', (_, policy) => {
  expect(() => load.prune({ registry: 'registry.example.com', policy })).not.toThrow();
});

/** What a shell says against it; '' for nothing. It runs none of it. */
function shellFault(text: string): string {
  const { stderr, error } = spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
  return error === undefined ? stderr : String(error);
}

describe('shell', () => {
  const scripts: readonly (readonly [where: string, text: string])[] = [
    ...inLanguage('sh', 'bash'),
    // What stands behind a prompt; the rest is what is answered.
    ...inLanguage('console').map(
      ([where, text]) => [where, text.replace(/^(?!\$ ).*\n/gm, '').replace(/^\$ /gm, '')] as const,
    ),
    ...ofShape('jobs of another CI').flatMap(({ where, yaml }) =>
      Object.values(yaml as Fields).flatMap((job) =>
        isMap(job) && Array.isArray(job.script) ? [[where, job.script.join('\n')] as const] : [],
      ),
    ),
  ];

  test('there is some', () => {
    expect(scripts.length).toBeGreaterThan(0);
    expect(shellFault('if true; then')).not.toBe('');
  });

  test.each(scripts)('%s', (_, text) => {
    expect(shellFault(text)).toBe('');
  });
});

describe('commands', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Fields };
  const commandsOn = (page: string): readonly string[] =>
    [...readPage(page).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);

  test.each(pages.filter((page) => commandsOn(page).length > 0))('%s: every `npm run` is there', (page) => {
    expect(commandsOn(page).filter((name) => !(name in scripts))).toEqual([]);
  });

  test.each(pages)('%s: every file of a command is there', (page) => {
    const files = [...readPage(page).matchAll(/`node ([\w./-]+\.[mc]?[jt]s)/g)].map(([, file = '']) => file);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });
});

test('there are pages for users, and blocks on them', () => {
  expect(userPages).toEqual(
    expect.arrayContaining([
      'README.md',
      'docs/garbage-collection.md',
      'docs/migration.md',
      'docs/policy.md',
      'docs/registries.md',
      'docs/safety.md',
      'docs/troubleshooting.md',
    ]),
  );
  expect(userPages.flatMap(blocksOf).length).toBeGreaterThan(20);
});
