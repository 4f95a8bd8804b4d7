/**
 * model/ (pure): the values that travel between the rooms. It imports nothing; everything imports it.
 *
 * This file: names that only a parser can make, so that text from outside never becomes a tag, a digest or a
 * repository without having been looked at. Every parser answers `undefined` for text that is not such a name.
 */

declare const brand: unique symbol;
type Named<Name extends string> = string & { readonly [brand]: Name };

/** A content digest, `algorithm:hex` (OCI image spec, descriptor.md). sha256 and sha512 are the ones registered. */
export type Digest = Named<'Digest'>;
/** A tag as the distribution spec's grammar allows it; never a digest, never a path. */
export type Tag = Named<'Tag'>;
/** A repository's name (`apps/web`), without a registry in front. */
export type RepositoryName = Named<'RepositoryName'>;
/** Scheme, host and port of a registry, with the path prefix it is served under, if any; no trailing slash. */
export type Origin = Named<'Origin'>;
/** A moment as ISO 8601 in UTC with milliseconds (`2026-11-22T01:30:00.000Z`), so that text order is time order. */
export type Instant = Named<'Instant'>;

const digestGrammar = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
// distribution spec 1.1.1, "Pulling manifests". 128 characters is the spec's limit.
const tagGrammar = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const repositoryGrammar = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
// Registries and clients bound host and name together at 255 (distribution spec, same section).
const repositoryLength = 255;

export function parseDigest(text: string): Digest | undefined {
  return digestGrammar.test(text) ? (text as Digest) : undefined;
}

export function parseTag(text: string): Tag | undefined {
  return tagGrammar.test(text) ? (text as Tag) : undefined;
}

export function parseRepositoryName(text: string): RepositoryName | undefined {
  return text.length <= repositoryLength && repositoryGrammar.test(text) ? (text as RepositoryName) : undefined;
}

/** An http(s) URL without user, password, query and fragment, as `config/` normalises `registry`. */
export function parseOrigin(text: string): Origin | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  const plain = url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}` as Origin;
}

/**
 * A moment, from a `Date` or from RFC 3339 text (what image-spec asks of `created`). Text without an offset is
 * refused: a guess of the time zone could make an image older than it is.
 */
export function parseInstant(moment: string | Date): Instant | undefined {
  if (typeof moment === 'string') {
    const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
    if (!rfc3339.test(moment)) return undefined;
    return parseInstant(new Date(moment.replace(' ', 'T').toUpperCase()));
  }
  if (Number.isNaN(moment.getTime())) return undefined;
  const text = moment.toISOString();
  // Years before 0 or after 9999 are written with a sign and would break the text order.
  return /^\d{4}-/.test(text) ? (text as Instant) : undefined;
}

/** Seconds since the Unix epoch, with fractions. */
export function secondsOf(instant: Instant): number {
  return Date.parse(instant) / 1000;
}

const attachmentGrammar = /^sha256-([0-9a-f]{64})(?:\.(?:sig|att|sbom))?$/;

/**
 * The subject that an attachment's tag names: `sha256-<64 hex>` with `.sig`, `.att` or `.sbom` (cosign), or without
 * (the referrers fallback tag, distribution spec 1.1.1, "Referrers Tag Schema"). `undefined` for every other tag.
 */
export function attachmentSubject(tag: Tag): Digest | undefined {
  const hex = attachmentGrammar.exec(tag)?.[1];
  return hex === undefined ? undefined : (`sha256:${hex}` as Digest);
}
