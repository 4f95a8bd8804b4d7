// `npm run screenshot`: docs/images/summary.png, the job summary of a run as GitHub shows it. The action's own sources run
// on a sandbox registry; Chromium draws what they write.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrowser } from './page/browser.ts';
import { renderPage, type Rendered } from './page/page.ts';
import { samplePolicy, startSampleRegistry } from './page/sample-registry.ts';
import { findAll } from './provision/find.ts';

const root = join(import.meta.dirname, '..');
const target = join(root, 'docs/images/summary.png');
// As wide as GitHub's column of a job's page.
const width = 960;

const found = findAll();
const pathOf = (name: (typeof found.tools)[number]['name']): string => {
  const tool = found.tools.find((each) => each.name === name);
  if (tool !== undefined) return tool.path;
  const why = found.missing.find((each) => each.name === name)?.why;
  throw new Error(`${name} is ${why ?? 'missing'}. \`npm test\` gets it, where it can.`);
};
const tools = {
  cmark: pathOf('cmark-gfm'),
  mermaid: pathOf('mermaid 12'),
  stylesheet: pathOf('GitHub light stylesheet'),
};

const directory = await mkdtemp(join(tmpdir(), 'registry-prune-screenshot-'));
const browser = await startBrowser(pathOf('chromium'));
try {
  const page = join(directory, 'page.html');
  await writeFile(page, await renderPage([await summaryOfRun()], tools, 'light'));
  const [rendered] = (await browser.open(page, { width, height: 800, scale: 1.25 })) as readonly Rendered[];
  const wrong = [...(rendered?.refused ?? []), ...(rendered?.overflowing ?? []), ...(rendered?.scrolling ?? [])];
  if (rendered === undefined || wrong.length > 0)
    throw new Error(`The page is not what it should be: ${wrong.join('; ')}`);
  const png = await browser.picture({ width, height: rendered.height });
  await writeFile(target, png);
  console.log(`Wrote ${target}: ${Math.round(png.length / 1024)} KiB.`);
} finally {
  await browser.close();
  await rm(directory, { recursive: true, force: true });
}

async function summaryOfRun(): Promise<string> {
  const registry = await startSampleRegistry(new Date());
  const summary = join(directory, 'summary.md');
  await writeFile(summary, '');
  const inputs = { registry: registry.url, policy: samplePolicy };
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    RUNNER_TEMP: directory,
    GITHUB_STEP_SUMMARY: summary,
    ...Object.fromEntries(Object.entries(inputs).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text])),
  };
  try {
    const action = spawn(process.execPath, [join(root, 'src/index.ts')], { env, stdio: 'inherit' });
    const code = await new Promise((resolve) => {
      action.once('close', resolve);
    });
    if (code !== 0) throw new Error(`The run ended with ${String(code)}.`);
    // Whoever looks at the picture has a registry with a name.
    const text = await readFile(summary, 'utf8');
    return text.replaceAll(registry.url.replaceAll(':', '\\:'), 'https\\://registry.example.com');
  } finally {
    await registry.close();
  }
}
