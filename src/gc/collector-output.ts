/**
 * What distribution's collector says, understood (pure). Its lines are those of `registry garbage-collect`, 2.x and 3.x
 * (registry/storage/garbagecollect.go), with what it logs beside them.
 */

/** What the collector says of a whole run. Of a dry run: what it would collect. */
export type CollectorSummary = {
  /** Blobs that are in use. */
  readonly marked: number;
  /** Blobs that are not. */
  readonly blobs: number;
  /** Manifests unlinked by the collector itself; 2.6 doesn't count them. */
  readonly manifests: number;
};

export type CollectorOutput =
  | ({ readonly kind: 'collected' } & CollectorSummary)
  /** The storage holds no repository yet: the collector calls that a failure, and there is nothing to collect. */
  | { readonly kind: 'empty' }
  /** `words`: its own, the most telling line; foreign text. Where it said nothing of the failure, `how` says what is known. */
  | { readonly kind: 'failed'; readonly words?: string; readonly how: string };

// Every run ends its marking with this line, whatever comes after. 2.6 leaves the manifests out.
const summaryLine = /^(\d+) blobs marked, (\d+) blobs(?: and (\d+) manifests)? eligible for deletion$/;

/** What the shell looks for, in the words of a POSIX extended expression: `parseCollectorOutput` is asked what it means. */
export const summaryExpression = '^[0-9]+ blobs marked, [0-9]+ blobs( and [0-9]+ manifests)? eligible for deletion$';

/** distribution#3200: a storage to which nothing was ever pushed. */
export const emptyExpression = 'failed to mark: .*[Pp]ath not found: .*/repositories';

/** Lines of failure, of the collector (`failed to …`, cobra's `Error: …`), of Go, and of what starts the collector. */
export const failureExpression =
  '^failed to |^[Ee]rror|^panic: |^fatal error: |^configuration error|level=(error|fatal|panic)|"level":"(error|fatal|panic)"';

const emptyStore = new RegExp(emptyExpression);
const failure = new RegExp(failureExpression);
/** What it says of each thing that it looks at, which explains no failure. */
const progress = /: marking (?:manifest|blob) |eligible for deletion|level=(?:info|debug|warning)/;

/** The summary, where the line is one. */
export function parseSummary(line: string): CollectorSummary | undefined {
  const [, marked, blobs, manifests = '0'] = summaryLine.exec(line.trimEnd()) ?? [];
  if (marked === undefined || blobs === undefined) return undefined;
  return { marked: Number(marked), blobs: Number(blobs), manifests: Number(manifests) };
}

/**
 * What a run of the collector came to, from its exit status and its lines, output and errors together. A success is status
 * 0 and the summary: 2.8 that is given a flag that it doesn't know prints an error and exits with 0.
 */
export function parseCollectorOutput(status: number, lines: readonly string[]): CollectorOutput {
  const summary = lines.map(parseSummary).find((found) => found !== undefined);
  if (status === 0 && summary !== undefined) return { kind: 'collected', ...summary };
  if (summary === undefined && lines.some((line) => emptyStore.test(line))) return { kind: 'empty' };
  const own = lines.filter((line) => line.trim() !== '' && !progress.test(line) && parseSummary(line) === undefined);
  const words = own.find((line) => failure.test(line)) ?? own.at(-1);
  const how = status === 0 ? 'ended without its summary' : `ended with status ${status}`;
  return { kind: 'failed', how, ...(words !== undefined && { words: words.trim() }) };
}
