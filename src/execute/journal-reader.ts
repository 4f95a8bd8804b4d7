/**
 * A journal read back, days later, from hands that may have edited it. All of it is checked before anything of it is
 * believed: one wrong line, and nothing is done. A manifest's bytes must have its digest, so that nothing is put
 * into a registry which wasn't in it; what no digest covers (which tags were on it) can only ever name what is missing
 * there, for a tag that exists is never moved. The one thing passed over is a last line that was cut short: the run died
 * writing it, and so had deleted nothing of it yet.
 */
import { z } from 'zod';
import {
  parseDigest,
  parseInstant,
  parseOrigin,
  parseRepositoryName,
  parseTag,
  type Digest,
  type JournalEntry,
  type Origin,
  type Problem,
  type RepositoryName,
  type Tag,
} from '../model/index.ts';
import { algorithmOf, manifestDigest } from '../registry/index.ts';

/** Bytes. 100,000 images with an index, its platforms and their attestations are some 600 MB of journal. */
export const longestJournal = 1024 * 1024 * 1024;
/** Bytes: a manifest of 4 MiB, which is the most that registries take, is 6 MB here; 100,000 tags on it are 13 MB. */
const longestLine = 32 * 1024 * 1024;

/** A journal of which nothing is believed, and by which nothing is done. */
export class JournalError extends Error {
  override readonly name = 'JournalError';
  readonly wayOut: string;

  constructor(message: string, wayOut: string) {
    super(message);
    this.wayOut = wayOut;
  }
}

/** What all lines of a journal say of one manifest of a repository. */
export type JournaledManifest = {
  readonly repository: RepositoryName;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** Sorted. */
  readonly tags: readonly Tag[];
};

export type ReadJournal = { readonly manifests: readonly JournaledManifest[]; readonly warnings: readonly Problem[] };

/**
 * The manifests in the order of their first lines. Throws JournalError, which names the line, where anything is wrong or
 * the journal is of another registry. `file` is its name in messages.
 */
export function readJournal(
  journal: Uint8Array,
  { registry, file }: { readonly registry: Origin; readonly file: string },
): ReadJournal {
  const found = new Map<string, Found>();
  const holders = new Map<string, Held>();
  const warnings: Problem[] = [];
  let number = 0;
  for (const { bytes, ended } of linesOf(journal)) {
    number += 1;
    const at: Line = { file, number };
    if (bytes.byteLength > longestLine) throw wrong(at, `it is longer than ${longestLine} bytes`);
    const json = parseJson(bytes);
    if (json === undefined && !ended) {
      warnings.push({
        at: `${file}:${number}`,
        what: 'the last line was cut short, as by a run that died while writing it, and is passed over',
        wayOut: 'Nothing is lost by it: what a line says is deleted only once that line is whole.',
      });
    } else add(found, holders, entryOf(at, json, registry), at);
  }
  const manifests = [...found.values()].map(({ tags, ...rest }) => ({ ...rest, tags: [...tags].sort() }));
  return { manifests, warnings };
}

type Line = { readonly file: string; readonly number: number };
type Found = Omit<JournaledManifest, 'tags'> & { readonly tags: Set<Tag> };
/** Where a tag stands, and on which manifest. */
type Held = { readonly digest: Digest; readonly line: number };

/** `ended`: with a line break behind it. */
function* linesOf(journal: Uint8Array): Iterable<{ readonly bytes: Uint8Array; readonly ended: boolean }> {
  for (let from = 0; from < journal.length;) {
    const end = journal.indexOf(0x0a, from);
    yield { bytes: journal.subarray(from, end === -1 ? undefined : end), ended: end !== -1 };
    from = end === -1 ? journal.length : end + 1;
  }
}

/** `undefined`, which no JSON text is, for anything else. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function named<Name extends string>(parse: (text: string) => Name | undefined, what: string) {
  return z.string().transform((text, context): Name => {
    const name = parse(text);
    if (name !== undefined) return name;
    context.addIssue({ code: 'custom', message: `it is no ${what}` });
    return z.NEVER;
  });
}

// RFC 6838, section 4.2: it goes into a header as it stands here.
const mediaTypeGrammar = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;

/** First of all: text of another kind, or of a later version, has no use for a list of what is missing in it. */
const header = z.looseObject({ version: z.literal(1), bytesBase64: z.string() });

const entry: z.ZodType<JournalEntry> = z.strictObject({
  version: z.literal(1),
  registry: named(parseOrigin, 'registry URL'),
  repository: named(parseRepositoryName, 'repository name'),
  digest: named(parseDigest, 'digest'),
  mediaType: z.string().regex(mediaTypeGrammar, 'it is no media type'),
  bytesBase64: z.string(),
  tags: z.array(named(parseTag, 'tag')),
  role: z.enum(['tagged', 'child', 'attachment', 'untagged']),
  subject: z.exactOptional(named(parseDigest, 'digest')),
  at: named(parseInstant, 'moment in UTC'),
});

const saysItsType = z.looseObject({ mediaType: z.string().optional() });

type Entry = Omit<JournalEntry, 'bytesBase64'> & { readonly bytes: Uint8Array };

function entryOf(at: Line, json: unknown, registry: Origin): Entry {
  if (!header.safeParse(json).success) throw wrong(at, 'it is no line of a journal of registry-prune, version 1');
  const parsed = entry.safeParse(json);
  if (!parsed.success) {
    const [fault] = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'its keys'}: ${message}`);
    // A key that is none is quoted, of whatever length.
    throw wrong(at, `it is malformed at ${String(fault).slice(0, 200)}`);
  }
  const { bytesBase64, ...rest } = parsed.data;
  if (rest.registry !== registry)
    throw new JournalError(
      `${at.file}:${at.number} is of ${rest.registry}, and the registry here is ${registry}. Nothing was changed.`,
      `Set registry: ${rest.registry}, or give a journal of ${registry}.`,
    );
  const bytes = Buffer.from(bytesBase64, 'base64');
  const digest = manifestDigest(bytes, rest.mediaType, algorithmOf(rest.digest));
  if (digest !== rest.digest)
    throw wrong(at, `its bytes have the digest ${digest ?? 'of broken signatures'}, and it says ${rest.digest}`);
  const own = saysItsType.safeParse(parseJson(bytes)).data?.mediaType ?? rest.mediaType;
  if (own.toLowerCase() !== rest.mediaType.toLowerCase())
    throw wrong(at, `it says ${rest.mediaType}, and its manifest says another type of itself`);
  return { ...rest, bytes };
}

function add(found: Map<string, Found>, holders: Map<string, Held>, line: Entry, at: Line): void {
  const { repository, digest, mediaType, bytes } = line;
  const key = `${repository}@${digest}`;
  const known = found.get(key) ?? { repository, digest, mediaType, bytes, tags: new Set() };
  if (known.mediaType !== mediaType) throw wrong(at, `an earlier line says ${known.mediaType} of the same manifest`);
  found.set(key, known);
  for (const tag of line.tags) {
    const name = `${repository}:${tag}`;
    const held = holders.get(name) ?? { digest, line: at.number };
    if (held.digest !== digest)
      throw new JournalError(
        `${at.file}:${at.number}: line ${held.line} has ${name} on another image. Nothing was changed.`,
        'A run deletes a tag once, so this is more than one journal. Restore those of several runs one by one, the latest first.',
      );
    holders.set(name, held);
    known.tags.add(tag);
  }
}

function wrong({ file, number }: Line, what: string): JournalError {
  return new JournalError(
    `${file}:${number}: ${what}. Nothing was changed.`,
    'Give the journal-file of the run that is to be undone or finished, as that run wrote it.',
  );
}
