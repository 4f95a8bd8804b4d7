/** Which command a door is: all of them start the same bundle, each through a file of its own name in dist. */
import { parse } from 'node:path';
import { apply } from './apply.ts';
import { collectGarbage } from './gc.ts';
import { prune } from './prune.ts';
import { restoreJournal } from './restore.ts';
import type { Runtime } from '../runtime/index.ts';

export type Command = (runtime: Runtime) => Promise<void>;

const commands: ReadonlyMap<string, Command> = new Map([
  ['index', prune],
  ['gc', collectGarbage],
  ['apply', apply],
  ['restore', restoreJournal],
]);

/** `file`: what node was started with. A name that isn't known deletes nothing: its command only says so. */
export function commandOf(file: string | undefined): Command {
  const { name } = parse(file ?? '');
  return commands.get(name) ?? (() => Promise.reject(new UnknownDoor(name)));
}

class UnknownDoor extends Error {
  override readonly name = 'UnknownDoor';
  readonly wayOut = `Start it as one of ${[...commands.keys()].map((name) => `${name}.js`).join(', ')}, as the action.yml files do.`;

  constructor(name: string) {
    super(`The program was started as "${name}", which is none of its doors.`);
  }
}
