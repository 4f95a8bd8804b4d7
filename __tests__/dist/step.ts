/** The built action as GitHub runs it: what `action.yml` names, in a process of its own, and all that it leaves behind. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
/** The folder of an action.yml: `.` is the main door. */
export type DoorFolder = '.' | 'gc' | 'restore';

type Action = {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly runs: { readonly main: string };
};

function actionOf(door: DoorFolder): Action {
  return parse(readFileSync(join(root, door, 'action.yml'), 'utf8')) as Action;
}

export type StepOptions = {
  /** Without it the main door. */
  readonly door?: DoorFolder;
  /** Beside the little that a runner sets. */
  readonly env?: Readonly<Record<string, string>>;
  /** What must not be seen anywhere. Called after the step: some are known only then. */
  readonly secrets?: () => readonly string[];
  /** Files that the runner's home has, by their path in it. */
  readonly home?: Readonly<Record<string, string>>;
  /** Files of the workspace, as actions/checkout leaves them, by their path in it. */
  readonly workspace?: Readonly<Record<string, string>>;
};

export type Step = {
  readonly code: number | null;
  /** Both streams, without the lines that tell the runner what to hide. */
  readonly log: string;
  /** The annotations that make a failed step readable: the text of its `::error` lines. */
  readonly errors: readonly string[];
  readonly outputs: ReadonlyMap<string, string>;
  readonly summary: string;
  /** What it wrote to RUNNER_TEMP, by path. `mode`: its permission bits. */
  readonly files: ReadonlyMap<string, { readonly text: string; readonly mode: number }>;
  /** What stands in the workspace afterwards, by name. */
  readonly workspace: readonly string[];
  /** Where a secret can be read: `log`, `summary`, the name of an output, the path of a file. */
  readonly leaks: readonly string[];
};

/** Runs the step to its end. `given` is what stands in `with:`; the rest is as `action.yml` has it. */
export async function runStep(given: Readonly<Record<string, string>>, options: StepOptions = {}): Promise<Step> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-prune-step-'));
  try {
    const { door = '.' } = options;
    const action = actionOf(door);
    const temp = join(folder, 'temp');
    const home = join(folder, 'home');
    const workspace = join(folder, 'workspace');
    const [output, summary] = [join(folder, 'output'), join(folder, 'summary')];
    const folders = [temp, home, workspace].map((each) => mkdir(each));
    await Promise.all([...folders, writeFile(output, ''), writeFile(summary, '')]);
    await Promise.all([writeFiles(home, options.home), writeFiles(workspace, options.workspace)]);
    const env = {
      ...inputVariables(action, given),
      PATH: process.env.PATH ?? '',
      HOME: home,
      GITHUB_ACTIONS: 'true',
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: summary,
      GITHUB_WORKSPACE: workspace,
      RUNNER_TEMP: temp,
      ...options.env,
    };
    const { code, out } = await started(join(root, door, action.runs.main), env, workspace);
    const lines = out.split('\n').filter((line) => !line.startsWith('::add-mask::'));
    const step = {
      code,
      log: lines.join('\n'),
      errors: lines.flatMap((line) => /^::error(?: [^:]*)?::(.*)$/.exec(line)?.[1]?.replaceAll('%0A', '\n') ?? []),
      outputs: parseOutputs(await readFile(output, 'utf8')),
      summary: await readFile(summary, 'utf8'),
      files: await filesIn(temp),
      workspace: await readdir(workspace),
    };
    return { ...step, leaks: leaksIn(step, options.secrets?.() ?? []) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>> = {}): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** GitHub passes every input that `action.yml` has, an empty text where neither workflow nor default says anything. */
function inputVariables(
  action: Action,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const defaults = Object.entries(action.inputs).map(([name, { default: text = '' }]) => [name, evaluate(text)] as const);
  const all = { ...Object.fromEntries(defaults), ...given };
  return Object.fromEntries(Object.entries(all).map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text]));
}

/** The expressions that stand for defaults in action.yml; one that GitHub would evaluate and this doesn't know is left. */
function evaluate(text: string): string {
  return text.replace('${{ github.token }}', 'ghs_tokenOfThisJob').replace('${{ github.repository }}', 'acme/apps');
}

function started(
  main: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main], { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        out += text;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, out });
    });
  });
}

/** `name<<delimiter`, the value's lines, `delimiter`. */
function parseOutputs(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(/^([\w-]+)<<(.+)\n([\s\S]*?)\n?\2$/gm)];
  return new Map(found.map(([, name = '', , value = '']) => [name, value]));
}

async function filesIn(folder: string): Promise<Step['files']> {
  const paths = (await readdir(folder)).map((name) => join(folder, name));
  return new Map(
    await Promise.all(
      paths.map(
        async (path) =>
          [path, { text: await readFile(path, 'utf8'), mode: (await stat(path)).mode & 0o777 }] as const,
      ),
    ),
  );
}

function leaksIn(step: Omit<Step, 'leaks'>, secrets: readonly string[]): readonly string[] {
  const places = [
    ['log', step.log] as const,
    ['summary', step.summary] as const,
    ...step.outputs,
    ...[...step.files].map(([path, { text }]) => [path, text] as const),
  ];
  return places.filter(([, text]) => secrets.some((secret) => text.includes(secret))).map(([place]) => place);
}
