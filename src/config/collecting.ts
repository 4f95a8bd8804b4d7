/** The inputs about what is freed on the registry's host, which the doors share. */
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';
import { readHost } from './host.ts';
import type { HostConfig, HostName } from './host.ts';
import { attempt } from './patterns.ts';
import { parseDuration } from '../policy/index.ts';
import type { Reader } from './read.ts';
import { valueOf } from './rule.ts';
import { parseBoolean } from './scalars.ts';

export type GarbageCollect = 'off' | 'offline' | 'online';

export type Collecting<Mode extends GarbageCollect = GarbageCollect> = {
  readonly garbageCollect: Mode;
  /** Also manifests that nothing reaches. */
  readonly deleteUntagged: boolean;
  /** Younger untagged manifests stay. */
  readonly untaggedGraceSeconds: number;
  /** Only where the collection is offline. */
  readonly removeEmptyRepositories: boolean;
  /** There is always one: this very machine, unless the inputs say another. */
  readonly host: HostConfig;
};

type Names = 'garbage-collect' | 'delete-untagged' | 'untagged-grace' | 'remove-empty-repositories' | HostName;

/** `undefined` where anything is wrong with it, and that was reported. */
export function readCollecting<Mode extends GarbageCollect>(
  reader: Reader<Names>,
  parseMode: (text: string) => Parsed<Mode>,
): Collecting<Mode> | undefined {
  const garbageCollect = valueOf(reader.read('garbage-collect', parseMode));
  const deleteUntagged = valueOf(reader.read('delete-untagged', parseBoolean));
  const untaggedGraceSeconds = valueOf(reader.read('untagged-grace', parseGrace));
  const removeEmptyRepositories = valueOf(reader.read('remove-empty-repositories', parseBoolean));
  if (removeEmptyRepositories === true && garbageCollect !== undefined && garbageCollect !== 'offline')
    reader.refuse(
      'remove-empty-repositories',
      'Repositories leave the catalog while the registry is stopped, so it needs garbage-collect: offline.',
    );
  const host = readHost(reader);
  if (
    garbageCollect === undefined ||
    deleteUntagged === undefined ||
    untaggedGraceSeconds === undefined ||
    removeEmptyRepositories === undefined ||
    host === undefined
  )
    return undefined;
  return { garbageCollect, deleteUntagged, untaggedGraceSeconds, removeEmptyRepositories, host };
}

/** `garbage-collect` where it is one thing among others. */
export function parseGarbageCollect(text: string): Parsed<GarbageCollect> {
  if (['false', 'False', 'FALSE'].includes(text)) return parsed('off');
  if (['true', 'True', 'TRUE', 'offline'].includes(text)) return parsed('offline');
  return text === 'online' ? parsed('online') : refused(`${quote(text)} is none of offline, online, true and false.`);
}

/** `garbage-collect` where nothing else is done. */
export function parseCollect(text: string): Parsed<'offline' | 'online'> {
  const mode = parseGarbageCollect(text);
  if (!mode.ok) return mode;
  return mode.value === 'off'
    ? refused('Nothing else is done here than to collect. Give offline or online, or leave this step out.')
    : parsed(mode.value);
}

/** Seconds; zero keeps nothing for its age alone. */
function parseGrace(text: string): Parsed<number> {
  return attempt(() => parsed(parseDuration(text)));
}

/** `date-source`. */
export function parseDateSource(text: string): Parsed<'created' | 'pushed'> {
  return text === 'created' || text === 'pushed'
    ? parsed(text)
    : refused(`${quote(text)} is neither created nor pushed.`);
}
