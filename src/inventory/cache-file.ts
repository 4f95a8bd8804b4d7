/**
 * The bytes of a `cache-file` (pure): a first line that says what it is, then records, each a line of JSON and, behind it,
 * as many bytes as that says, deflated; a last line that says it is whole.
 *
 * - `content`: manifests and configs, one after the other, and a directory of their digests and lengths.
 * - `repository`: which tags it had at which digests, when it was looked at last.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { z } from 'zod';
import { parseDigest, parseInstant, type Digest, type Instant } from '../model/index.ts';

/** Another format has another first line, and is not read. */
const firstLine = 'registry-prune cache 1';
const lastLine = '{"type":"end"}';

/** Of the whole file. 100 MiB hold manifests and configs of some 100,000 images of ten layers. */
export const longestFile = 100 * 1024 * 1024;

/** What one record may inflate to: a block, and one manifest or config (4 and 8 MiB at most) beyond its end. */
const longestBlock = 9 * 1024 * 1024;
/** Raw bytes of a block: enough to compress well, little enough to be inflated for a single manifest. */
export const blockBytes = 256 * 1024;
const longestRepository = 256 * 1024 * 1024;

const day = z.string().regex(/^\d{4}-\d\d-\d\d$/);
const length = z.number().int().nonnegative();
const recordLine = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('content'), day, directory: length, data: length }),
  z.strictObject({ type: z.literal('repository'), day, registry: z.string(), name: z.string(), data: length }),
  z.strictObject({ type: z.literal('end') }),
]);

const digest = z.string().transform((text, context): Digest => {
  const parsed = parseDigest(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'is no digest' });
  return z.NEVER;
});
const instant = z.string().transform((text, context): Instant => {
  const parsed = parseInstant(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'is no instant' });
  return z.NEVER;
});
const directoryText = z.array(z.tuple([digest, length, z.string()]));
const repositoryText = z.strictObject({
  /** Tag, digest, and since when it is known to be there. */
  tags: z.array(z.union([z.tuple([z.string(), digest]), z.tuple([z.string(), digest, instant])])),
  /** Manifests without a tag that the repository was seen to hold. */
  held: z.array(digest),
});

export type Entry = { readonly digest: Digest; readonly length: number; readonly mediaType: string };
export type ContentRecord = {
  readonly type: 'content';
  /** When something of it was used last: `2026-11-22`. */
  readonly day: string;
  readonly entries: readonly Entry[];
  /** Deflated. */
  readonly data: Uint8Array;
};
export type RepositoryRecord = {
  readonly type: 'repository';
  readonly day: string;
  readonly registry: string;
  readonly name: string;
  /** Deflated. */
  readonly data: Uint8Array;
};
export type CacheRecord = ContentRecord | RepositoryRecord;
export type RepositoryFacts = z.infer<typeof repositoryText>;

/** Why a file can't be used, as the end of a sentence. */
export class CacheFileError extends Error {
  override readonly name = 'CacheFileError';
}

/** Throws CacheFileError for whatever is no whole cache of this format. What the records hold is not looked at yet. */
export function decodeCache(file: Buffer): readonly CacheRecord[] {
  const end = file.indexOf('\n');
  if (end === -1 || end > 100 || !file.subarray(0, end).equals(Buffer.from(firstLine)))
    throw new CacheFileError('is no cache of this version');
  const records: CacheRecord[] = [];
  for (let at = end + 1; ;) {
    const lineEnd = file.indexOf('\n', at);
    const line = lineEnd === -1 ? undefined : parseLine(file.toString('utf8', at, lineEnd));
    if (line === undefined) throw new CacheFileError('is damaged or was not written to its end');
    if (line.type === 'end') return records;
    const start = lineEnd + 1;
    at = start + line.data + (line.type === 'content' ? line.directory : 0);
    if (at > file.length) throw new CacheFileError('was not written to its end');
    if (line.type === 'content') {
      const directory = file.subarray(start, start + line.directory);
      const data = file.subarray(start + line.directory, at);
      records.push({ type: 'content', day: line.day, entries: readDirectory(directory), data });
    } else {
      const { day, registry, name } = line;
      records.push({ type: 'repository', day, registry, name, data: file.subarray(start, at) });
    }
  }
}

/** The pieces of the file, to be written one after the other. */
export function encodeCache(records: readonly CacheRecord[]): readonly Uint8Array[] {
  const pieces = records.flatMap((record): readonly Uint8Array[] => {
    if (record.type === 'repository') {
      const { type, day, registry, name, data } = record;
      return [lineOf({ type, day, registry, name, data: data.length }), data];
    }
    const { type, day, entries, data } = record;
    const rows = entries.map((entry) => [entry.digest, entry.length, entry.mediaType]);
    const directory = deflateRawSync(JSON.stringify(rows));
    return [lineOf({ type, day, directory: directory.length, data: data.length }), directory, data];
  });
  return [Buffer.from(`${firstLine}\n`), ...pieces, Buffer.from(`${lastLine}\n`)];
}

function lineOf(line: z.infer<typeof recordLine>): Uint8Array {
  return Buffer.from(`${JSON.stringify(line)}\n`);
}

/** Digests don't compress whatever the effort, and the rest does with little. */
const level = 2;

export function deflateContent(parts: readonly Uint8Array[]): Uint8Array {
  return deflateRawSync(Buffer.concat(parts), { level });
}

/** `undefined` for what is no such block. */
export function inflateContent({ data, entries }: ContentRecord): Buffer | undefined {
  const raw = inflated(data, longestBlock);
  const whole = entries.reduce((sum, entry) => sum + entry.length, 0);
  return raw?.length === whole ? raw : undefined;
}

export function deflateRepository(facts: RepositoryFacts): Uint8Array {
  return deflateRawSync(JSON.stringify(facts));
}

/** `undefined` for what says nothing that can be understood. */
export function inflateRepository({ data }: RepositoryRecord): RepositoryFacts | undefined {
  return repositoryText.safeParse(parsed(inflated(data, longestRepository))).data;
}

function readDirectory(deflated: Uint8Array): readonly Entry[] {
  const rows = directoryText.safeParse(parsed(inflated(deflated, longestBlock)));
  if (!rows.success) throw new CacheFileError('is damaged');
  return rows.data.map(([name, size, mediaType]) => ({ digest: name, length: size, mediaType }));
}

function parseLine(text: string): z.infer<typeof recordLine> | undefined {
  return recordLine.safeParse(parsed(Buffer.from(text))).data;
}

function parsed(bytes: Buffer | undefined): unknown {
  try {
    return bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A few bytes can inflate to gigabytes: no more than this. */
function inflated(bytes: Uint8Array, atMost: number): Buffer | undefined {
  try {
    return inflateRawSync(bytes, { maxOutputLength: atMost });
  } catch {
    return undefined;
  }
}
