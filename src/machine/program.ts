/** A program of this machine that is run to its end. */
import { spawn } from 'node:child_process';

export type ProgramRun = {
  /** Undefined where a signal ended it. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
};

// ssh's tools answer at once. A configuration may ask the network or another program (`Match exec`) on the way.
const patienceMs = 30_000;
const outputLimit = 1024 * 1024;

/**
 * Runs it without a terminal, in a session of its own, and with `input` on its standard input. One that takes longer than
 * 30 s is ended: then `status` is undefined. Rejects where it can't be started, with node's error (`ENOENT`).
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env, input = '' }: { readonly env: Readonly<Record<string, string>>; readonly input?: string },
): Promise<ProgramRun> {
  const { promise, resolve, reject } = Promise.withResolvers<ProgramRun>();
  const child = spawn(program, args, { env, stdio: 'pipe', detached: true });
  let stdout = '';
  let stderr = '';
  const patience = setTimeout(() => {
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
  }, patienceMs);
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout = (stdout + chunk).slice(0, outputLimit);
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(0, outputLimit);
  });
  // A program that doesn't read its input says why by how it ends.
  child.stdin.on('error', () => undefined);
  child.on('error', reject);
  child.on('close', (status) => {
    resolve({ status: status ?? undefined, stdout, stderr });
  });
  child.stdin.end(input);
  try {
    return await promise;
  } finally {
    clearTimeout(patience);
  }
}
