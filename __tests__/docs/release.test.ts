/** The release: what its workflow writes and attaches, and that no job of ours is given more than it needs. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readPage, root } from './pages.ts';

type Step = { readonly name?: string; readonly uses?: string; readonly run?: string };
type Job = { readonly permissions?: Readonly<Record<string, string>>; readonly steps: readonly Step[] };
type Workflow = {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
};

const folder = join(root, '.github/workflows');
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(join(folder, name), 'utf8');
  return { name, text, workflow: parse(text) as Workflow };
});

describe.each(workflows.map(({ name, ...each }) => [name, each] as const))('%s', (_, { text, workflow }) => {
  const jobs = Object.values(workflow.jobs);

  test('names every action by the hash of a commit, with its version beside it', () => {
    const uses = text.split('\n').filter((line) => /^\s*(?:- )?uses:/.test(line));
    expect(uses.length).toBe(jobs.flatMap(({ steps }) => steps).filter((step) => step.uses !== undefined).length);
    for (const line of uses) expect(line).toMatch(/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test('runs no package of npm where it may write', () => {
    for (const { permissions = workflow.permissions ?? {}, steps } of jobs) {
      if (!Object.values(permissions).includes('write')) continue;
      const commands = steps.flatMap(({ run = '' }) => run.match(/\b(?:npx|npm [\w-]+)/g) ?? []);
      expect(commands).toEqual([]);
    }
  });
});

type Sbom = { readonly components: readonly { readonly name: string; readonly version: string }[] };
type Lockfile = { readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>> };

describe('the checksums and the SBOM', () => {
  const steps = workflows.find(({ name }) => name === 'release.yml')?.workflow.jobs.attest?.steps ?? [];
  const script = steps.find(({ run = '' }) => run.includes('SHA256SUMS'))?.run ?? '';
  const sumOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

  test('are of every file of dist, and of every package that is no development dependency', () => {
    const place = mkdtempSync(join(tmpdir(), 'release-'));
    try {
      const files = { 'dist/index.js': 'one', 'dist/cli/index.js': 'two', 'dist/a name.txt': 'three' };
      for (const folder of ['dist/cli', 'scripts']) mkdirSync(join(place, folder), { recursive: true });
      for (const [name, text] of Object.entries(files)) writeFileSync(join(place, name), text);
      for (const name of ['package.json', 'package-lock.json', 'scripts/sbom.mjs'])
        writeFileSync(join(place, name), readFileSync(join(root, name)));
      const ran = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: place, encoding: 'utf8' });
      expect(ran.stderr).not.toContain('Error');
      expect(ran.status).toBe(0);

      const sbom = readFileSync(join(place, 'release/sbom.cdx.json'));
      const named = (JSON.parse(String(sbom)) as Sbom).components.map(({ name, version }) => `${name}@${version}`);
      const { packages } = JSON.parse(readPage('package-lock.json')) as Lockfile;
      const shipped = Object.entries(packages).flatMap(([path, { version, dev = false }]) =>
        path === '' || dev ? [] : [`${path.replace(/^.*node_modules\//, '')}@${version}`],
      );
      expect([...named].sort()).toEqual([...new Set(shipped)].sort());

      const written = readFileSync(join(place, 'release/SHA256SUMS'), 'utf8').trimEnd().split('\n');
      const sums = Object.entries({ ...files, 'sbom.cdx.json': sbom }).map(
        ([name, content]) => `${sumOf(content)}  ${name}`,
      );
      expect([...written].sort()).toEqual([...sums].sort());
    } finally {
      rmSync(place, { recursive: true });
    }
  });

  test('are attested with dist, and attached to the release', () => {
    const text = readPage('.github/workflows/release.yml');
    expect(text).toMatch(/subject-path: \|\n +dist\/\*\*\n +release\/\*\n/);
    expect(text).toMatch(/gh release create .*\\\n.*"\$RUNNER_TEMP"\/release\/\*/);
  });
});
