/**
 * Cores for the registry and others for its client, as where each has a machine of its own. On the same cores, all that a
 * client computes is taken from the registry, and a ratio says as much of the number of cores as of the client.
 */
import { execFileSync } from 'node:child_process';

/** Lists of cores, as taskset takes them. */
export type Apart = { readonly registry: string; readonly client: string };

/** The cores that this process may use, in two halves, the larger one the registry's; `undefined`: there is only one. */
export function coresApart(): Apart | undefined {
  const cores = coresOf(own());
  const half = Math.floor(cores.length / 2);
  if (half === 0) return undefined;
  return { client: cores.slice(0, half).join(','), registry: cores.slice(half).join(',') };
}

/** All that is started meanwhile runs on these cores alone, to its end: a process inherits them. */
export async function onCores<Result>(cores: string | undefined, start: () => Promise<Result>): Promise<Result> {
  if (cores === undefined) return start();
  const before = own();
  move(cores);
  try {
    return await start();
  } finally {
    move(before);
  }
}

/** `0-3,8` is 0, 1, 2, 3 and 8. */
export function coresOf(list: string): readonly number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, place) => first + place);
  });
}

function own(): string {
  const said = execFileSync('taskset', ['--cpu-list', '--pid', String(process.pid)], { encoding: 'utf8' });
  const list = /: ([\d,-]+)\s*$/.exec(said)?.[1];
  if (list === undefined) throw new Error(`taskset said no list of cores: ${said}`);
  return list;
}

function move(cores: string): void {
  execFileSync('taskset', ['--cpu-list', '--pid', cores, String(process.pid)], { stdio: 'ignore' });
}
