/** This machine as the registry's host. */
import { connect, type Client, type ClientEnd } from './connection.ts';
import { hostEnvironment, type Environment } from './environment.ts';
import { MachineError } from './errors.ts';
import type { Host } from './host.ts';
import { scriptHost } from './script-host.ts';
import { shown } from './text.ts';

const name = 'this machine';

/** Runs scripts here. They see the part of `env` that `hostEnvironment` lets through, and nothing else of this process. */
export function localHost({ env }: { readonly env: Environment }): Host {
  const client: Client = {
    name,
    program: 'sh',
    args: ['-s'],
    env: hostEnvironment(env),
    // A script's own processes go on when their caller is gone, as they do over SSH.
    endsWhole: false,
    patienceMs: 20_000,
    missing: (cause) =>
      new MachineError({
        kind: 'no-client',
        what: `There is no shell on this machine: sh can't be started (${cause.message})`,
        wayOut: "Run the job on a machine with a POSIX shell, or set ssh-host to the registry's host.",
        cause,
      }),
    refused: (end) => endedShell(end, 'ended before it answered'),
    cut: (end) =>
      end.status === undefined || end.status === 0 ? endedShell(end, "ended before the script's end") : undefined,
  };
  return scriptHost({ name, open: (signal) => connect(client, signal) });
}

function endedShell({ status, stderr }: ClientEnd, how: string): MachineError {
  const words = shown(stderr);
  return new MachineError({
    kind: status === undefined ? 'cut' : 'unreachable',
    what: `The shell on this machine ${how}${words === '' ? '' : `. It said: ${words}`}`,
    wayOut: 'Look whether this machine ran out of memory, or somebody ended its processes. Then run again.',
  });
}
