// The main job on sample images, as `npm run demo` shows it: fills a registry, runs the built action against it first as
// a dry run and then for real, and asks the registry what is left. Without arguments the registry is the sandbox, in
// this process; with `--registry http://127.0.0.1:5000` it is any that you have, and all happens below one prefix there.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pushSamples, type PushedSample } from '../sandbox/images.ts';
import { fetchManifest, type Target } from '../sandbox/push.ts';
import { startSandboxRegistry } from '../sandbox/registry.ts';
import type { RunReport } from '../src/report/index.ts';

const prefix = 'registry-prune-demo';
const rule = {
  repositories: `${prefix}/**`,
  'keep-last': '2',
  'older-than': '30d',
  'keep-tags': 'stable',
};

const { values: options } = parseArgs({
  options: { registry: { type: 'string' }, username: { type: 'string' }, password: { type: 'string' } },
});

const workspace = await mkdtemp(join(tmpdir(), 'registry-prune-demo-'));
const sandbox = options.registry === undefined ? await startSandboxRegistry() : undefined;
try {
  process.exitCode = await show(sandbox?.url ?? options.registry ?? '');
} finally {
  await sandbox?.close();
  await rm(workspace, { recursive: true, force: true });
}

async function show(registry: string): Promise<number> {
  const { username, password } = options;
  const account = username === undefined || password === undefined ? {} : { username, password };
  const authorization =
    username === undefined || password === undefined
      ? undefined
      : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const target: Target = { url: registry.replace(/\/+$/, ''), authorization };

  heading(1, sandbox ? 'A registry with images in it (the sandbox, in this process)' : `Your registry, ${registry}`);
  const pushed = await pushSamples(target, prefix);
  for (const each of pushed)
    say(
      `${each.repository}:${each.sample.tags.join(', ')}`.padEnd(58),
      `${each.sample.created.slice(0, 10)}  ${each.sample.about}`,
    );

  heading(2, 'What would go? A dry run asks, and changes nothing');
  const inputs = { registry, ...account, ...rule };
  showInputs({ ...rule, 'dry-run': 'true' });
  const dry = await runAction({ ...inputs, 'dry-run': 'true' }, 'dry');
  if (dry === undefined) return 1;

  heading(3, 'The same for real');
  showInputs(rule);
  const real = await runAction(inputs, 'real');
  if (real === undefined) return 1;

  heading(4, 'Asked of the registry itself: what is left?');
  const wrong = await compare(target, pushed, real);
  if (wrong.length > 0) {
    for (const sentence of wrong) console.error(`WRONG: ${sentence}`);
    return 1;
  }
  say('');
  say('Every kept tag is served with all its platforms, and every deleted one answers 404.');
  say('Try it on a registry of your own, below one prefix: npm run demo -- --registry http://127.0.0.1:5000');
  return 0;
}

/** Runs dist/index.js as GitHub does, with inputs in the environment; answers its report, or nothing where it failed. */
async function runAction(inputs: Readonly<Record<string, string>>, name: string): Promise<RunReport | undefined> {
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^(INPUT|GITHUB)_/.test(key))),
    ...Object.fromEntries(Object.entries(inputs).map(([key, value]) => [`INPUT_${key.toUpperCase()}`, value])),
    RUNNER_TEMP: workspace,
    GITHUB_OUTPUT: join(workspace, `${name}.outputs`),
  };
  await writeFile(env.GITHUB_OUTPUT, '');
  const action = spawn(process.execPath, [join(import.meta.dirname, '../dist/index.js')], { env, stdio: 'inherit' });
  const code = await new Promise<number>((resolve, reject) => {
    action.once('error', reject);
    action.once('exit', (status) => {
      resolve(status ?? 1);
    });
  });
  if (code !== 0) return undefined;
  const reportFile = /^report-file<<(.+)\n([\s\S]*?)\n\1$/m.exec(await readFile(env.GITHUB_OUTPUT, 'utf8'))?.[2];
  return JSON.parse(await readFile(reportFile ?? '', 'utf8')) as RunReport;
}

/** What the registry says against what the report says, tag by tag; a kept index with everything that it lists. */
async function compare(target: Target, pushed: readonly PushedSample[], report: RunReport): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const { repository, decisions } of report.repositories) {
    const left: string[] = [];
    for (const { tag, verdict } of decisions) {
      const found = await fetchManifest(target, repository, tag);
      if (found !== undefined) left.push(tag);
      if (verdict === 'keep' && found === undefined) wrong.push(`${repository}:${tag} was to stay and is gone`);
      if (verdict === 'delete' && found !== undefined) wrong.push(`${repository}:${tag} was to go and is served`);
      const children = pushed.find(({ image }) => image.digest === found?.digest)?.children ?? [];
      for (const child of children)
        if ((await fetchManifest(target, repository, child.digest)) === undefined)
          wrong.push(`${repository}:${tag} has lost ${child.digest}`);
    }
    say(repository.padEnd(34), left.map(short).join(', '));
  }
  return wrong;
}

function short(tag: string): string {
  return tag.replace(/^(sha256-.{8}).*(\..*)$/, '$1…$2');
}

function showInputs(inputs: Readonly<Record<string, string>>): void {
  say('      - uses: registry-prune@v1');
  say('        with:');
  for (const [key, value] of Object.entries(inputs))
    say(`          ${key}: ${value.includes('*') ? `'${value}'` : value}`);
  say('');
}

function heading(number: number, text: string): void {
  say('');
  say(`── ${number}. ${text} ${'─'.repeat(Math.max(3, 96 - text.length))}`);
  say('');
}

function say(...parts: readonly string[]): void {
  console.log(parts.join(' '));
}
