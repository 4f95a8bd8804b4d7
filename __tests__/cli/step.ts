/** The command line as a process of its own: in a pipe, and on a pseudo terminal. */
import { spawn, spawnSync } from 'node:child_process';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(import.meta.dirname, '..', '..', 'src', 'cli.ts');
/** util-linux has it; other systems' programs of that name take other options. */
const script = spawnSync('script', ['--version'], { encoding: 'utf8' });
export const hasTerminals = script.error === undefined && script.stdout.includes('util-linux');

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

export type StepOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly cwd?: string;
};

const environment = (env: StepOptions['env']): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  // Without the account's own credentials.
  HOME: join(homedir(), 'nobody-of-registry-prune'),
  TMPDIR: tmpdir(),
  TERM: 'xterm',
  ...env,
});

/** Nobody sees what it writes. */
export function inPipe(args: readonly string[], { env, input = '', cwd }: StepOptions = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { env: environment(env), cwd });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, out, err });
    });
    child.stdin.end(input);
  });
}

/** On a terminal of 100 columns. `types`: once the text is to be seen, the keys are pressed. */
export function onTerminal(
  args: readonly string[],
  types: { readonly after: string; readonly keys: string } | undefined,
  { env, cwd }: StepOptions = {},
): Promise<{ readonly code: number | null; readonly seen: string }> {
  const words = [process.execPath, program, ...args].map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`);
  return new Promise((resolve, reject) => {
    const line = `stty cols 100 rows 40; exec ${words.join(' ')}`;
    const child = spawn('script', ['-qefc', line, '/dev/null'], { env: environment(env), cwd });
    let seen = '';
    let isTyped = types === undefined;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      seen += text;
      if (isTyped || types === undefined || !seen.includes(types.after)) return;
      isTyped = true;
      child.stdin.write(types.keys);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, seen });
    });
  });
}
