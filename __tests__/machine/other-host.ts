// A host whose scripts run with other variables, as somebody else, or in other namespaces of this machine.

import { spawn } from 'node:child_process';
import type { Host, Ran } from '../../src/machine/index.ts';

/** Each script goes to the standard input of this command, which sees `env` and nothing else. */
export function otherHost(command: readonly [string, ...string[]], env: Readonly<Record<string, string>>): Host {
  const run = (script: string): Promise<Ran> =>
    new Promise((resolve, reject) => {
      const [program, ...args] = command;
      const child = spawn(program, args, { env: { ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.on('error', reject);
      child.on('close', (status) => {
        resolve({ status: status ?? 1, stdout, stderr });
      });
      // As a compound command, so that no command of the script reads the rest of it.
      child.stdin.end(`(\n${script}\n) </dev/null\n`);
    });
  return {
    name: 'a host',
    run,
    prepare: () => Promise.reject(new Error('Not on this host.')),
    close: () => Promise.resolve(),
  };
}
