/** Docker's credential helpers: `docker-credential-NAME get`, the server on standard input, JSON on standard output. */
import { execFile } from 'node:child_process';
import { z } from 'zod';
import { CredentialsError } from './errors.ts';

export type HelperAnswer = { readonly ok: boolean; readonly stdout: string };

/** Runs `docker-credential-NAME get`. Rejects where the program can't be run at all. */
export type RunHelper = (name: string, server: string) => Promise<HelperAnswer>;

export type HelperSecret = { readonly username: string; readonly secret: string };

// The name becomes a file's: nothing in it may lead elsewhere.
const helperName = /^[A-Za-z0-9._-]+$/;
// A helper may ask a cloud's service; none takes longer than its user would wait.
const helperTimeoutMs = 60_000;
const helperBytes = 1024 * 1024;

const helperAnswer = z.object({ Username: z.string(), Secret: z.string() });

/** What the helper has for the first of `servers` that it knows; `undefined` if it knows none. Throws CredentialsError. */
export async function askHelper(
  name: string,
  servers: readonly string[],
  options: { readonly file: string; readonly run: RunHelper },
): Promise<HelperSecret | undefined> {
  if (!helperName.test(name))
    throw new CredentialsError(
      `${options.file} names a credential helper that is no name of a program: ${JSON.stringify(name)}`,
      'Write the part of its name after docker-credential-, as in "credsStore": "pass".',
    );
  for (const server of servers) {
    const answer = await run(name, server, options);
    if (answer.ok) return parse(name, answer.stdout);
    // The words of docker-credential-helpers (credentials/error.go), by which Docker tells it too.
    if (!answer.stdout.includes('credentials not found')) throw failed(name, options.file, undefined);
  }
  return undefined;
}

async function run(
  name: string,
  server: string,
  options: { readonly file: string; readonly run: RunHelper },
): Promise<HelperAnswer> {
  try {
    return await options.run(name, server);
  } catch (cause) {
    throw failed(name, options.file, cause);
  }
}

function parse(name: string, stdout: string): HelperSecret | undefined {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    value = undefined;
  }
  const found = helperAnswer.safeParse(value).data;
  if (found === undefined)
    // Its output is not shown: it may be a secret in another form.
    throw new CredentialsError(
      `docker-credential-${name} answers something else than a username and a secret`,
      `Try it by hand: echo HOST | docker-credential-${name} get. Or set username and password.`,
    );
  return found.Username === '' && found.Secret === '' ? undefined : { username: found.Username, secret: found.Secret };
}

function failed(name: string, file: string, cause: unknown): CredentialsError {
  return new CredentialsError(
    `docker-credential-${name}, which ${file} names, ${cause === undefined ? 'failed' : "couldn't be run"}`,
    'Install it where this job runs and see that it works there, or set username and password.',
    cause,
  );
}

/** Runs helpers as programs found on `env.PATH`, without a shell. */
export function helperRunner(env: Readonly<Record<string, string | undefined>>): RunHelper {
  return (name, server) =>
    new Promise((resolve, reject) => {
      const child = execFile(
        `docker-credential-${name}`,
        ['get'],
        { env: { ...env }, shell: false, timeout: helperTimeoutMs, maxBuffer: helperBytes, encoding: 'utf8' },
        (error, stdout) => {
          // A number is the program's own exit status; text (ENOENT) or none (killed) says that there is none.
          if (error === null) resolve({ ok: true, stdout });
          else if (typeof error.code === 'number') resolve({ ok: false, stdout });
          else reject(new Error(`docker-credential-${name} doesn't run`, { cause: error }));
        },
      );
      // A helper that ends without reading closes the pipe; its exit status says more than that.
      child.stdin?.on('error', () => undefined);
      child.stdin?.end(server);
    });
}
