/**
 * What answers say about how many more requests there may be. Pure; whatever the headers hold, nothing is thrown, and of
 * each no more than its first kilobyte is looked at.
 *
 * - `RateLimit: "default";r=50;t=30`: remaining and seconds until more (draft-ietf-httpapi-ratelimit-headers-08 to -10);
 *   `limit=100, remaining=50, reset=30` in -07.
 * - `RateLimit-Remaining: 50`, `RateLimit-Reset: 30` (the drafts until -06): seconds. GitLab means seconds since the epoch
 *   ("Rate limits", response headers).
 * - `RateLimit-Remaining: 76;w=21600` (Docker Hub, "Pull usage and limits"): `w` is the length of a window, not the time
 *   until it ends; no reset is said. HEAD has the headers too, and isn't counted.
 * - `X-RateLimit-Remaining`, `X-RateLimit-Reset` (GitHub, Docker Hub's other APIs: seconds since the epoch; others: seconds).
 */

export type RateLimit = {
  /** Requests; where several limits are said, of the one that ends first. */
  readonly remaining: number;
  /** Milliseconds from now until there are more. */
  readonly resetMs?: number;
  /** Milliseconds over which it is counted. */
  readonly windowMs?: number;
};

const mostCharacters = 1024;
// As seconds from now, more than 30 years; as seconds since the epoch, 2001.
const firstEpochSeconds = 1_000_000_000;
const firstEpochMs = 1_000 * firstEpochSeconds;

const remainingHeaders = ['ratelimit', 'ratelimit-remaining', 'x-ratelimit-remaining'];

/** `headers`: all values of a header, none where it is missing. */
export function parseRateLimit(headers: (name: string) => readonly string[], now: Date): RateLimit | undefined {
  // Most registries say nothing, and each answer is looked at.
  if (remainingHeaders.every((name) => headers(name).length === 0)) return undefined;
  const found = [
    ...fromDraft(itemsOf(headers('ratelimit')), now),
    ...fromPair(itemsOf(headers('ratelimit-remaining')), itemsOf(headers('ratelimit-reset')), now),
    ...fromPair(itemsOf(headers('x-ratelimit-remaining')), itemsOf(headers('x-ratelimit-reset')), now),
  ];
  // Of two that are used up, the one that lasts longer.
  return found.sort((a, b) => a.remaining - b.remaining || (b.resetMs ?? 0) - (a.resetMs ?? 0))[0];
}

/** `head;name=value;…`, several with commas between (RFC 9651, lists and dictionaries, as far as limits use them). */
type Item = { readonly head: string; readonly parameters: ReadonlyMap<string, string> };

function itemsOf(values: readonly string[]): readonly Item[] {
  // Names of limits stand in quotes and may hold anything.
  const text = values
    .join(',')
    .slice(0, mostCharacters)
    .replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return text.split(',').map((item) => {
    const [head = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return { head, parameters: new Map(parameters.map(pairOf)) };
  });
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at === -1 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()];
}

function fromDraft(items: readonly Item[], now: Date): readonly RateLimit[] {
  const dictionary = new Map(items.map(({ head }) => pairOf(head)));
  return [
    ...items.map(({ parameters }) => limitOf(parameters.get('r'), parameters.get('t'), undefined, now)),
    limitOf(dictionary.get('remaining'), dictionary.get('reset'), undefined, now),
  ].filter((limit) => limit !== undefined);
}

function fromPair(remaining: readonly Item[], reset: readonly Item[], now: Date): readonly RateLimit[] {
  return remaining
    .map(({ head, parameters }) => limitOf(head, reset[0]?.head, parameters.get('w'), now))
    .filter((limit) => limit !== undefined);
}

function limitOf(
  remaining: string | undefined,
  reset: string | undefined,
  window: string | undefined,
  now: Date,
): RateLimit | undefined {
  const count = numberOf(remaining);
  if (count === undefined) return undefined;
  const resetAt = numberOf(reset);
  const windowSeconds = numberOf(window);
  return {
    remaining: Math.floor(count),
    ...(resetAt === undefined ? {} : { resetMs: untilMs(resetAt, now) }),
    ...(windowSeconds === undefined ? {} : { windowMs: windowSeconds * 1000 }),
  };
}

function untilMs(reset: number, now: Date): number {
  if (reset < firstEpochSeconds) return reset * 1000;
  return Math.max(0, (reset < firstEpochMs ? reset * 1000 : reset) - now.getTime());
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}
