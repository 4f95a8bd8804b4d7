/** Text and URLs from outside, made fit to be shown: nothing in them can hide, forge a line, or give a secret away. */

// C0, DEL, C1, line and paragraph separators, zero-width and direction marks: what a log or a terminal would obey.
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g;

// A sentence's worth: longer texts of registries are pages.
const shownLength = 200;

/** One line of at most 200 characters, without control characters. */
export function clean(text: string): string {
  const line = text.replace(unprintable, ' ').replace(/ {2,}/g, ' ').trim();
  return line.length <= shownLength ? line : `${line.slice(0, shownLength)}…`;
}

// Query parameters whose values say what was asked. All others may be secrets: `_state` of an upload, a storage's signature.
const shownParameters = new Set(['n', 'last', 'digest', 'artifactType', 'mount', 'from', 'service', 'scope']);

/** Path and query, with every value of a parameter that isn't known to be harmless replaced by `…`. */
export function showPath(url: URL): string {
  const query = [...url.searchParams].map(
    ([name, value]) => `${clean(name)}=${shownParameters.has(name) ? encodeValue(clean(value)) : '…'}`,
  );
  return query.length === 0 ? url.pathname : `${url.pathname}?${query.join('&')}`;
}

/** The same with the origin in front; a user and a password in the URL are left out. */
export function showUrl(url: URL): string {
  return `${url.origin}${showPath(url)}`;
}

// Readable where a query allows it: `repository:apps/web:pull`.
function encodeValue(value: string): string {
  return encodeURIComponent(value).replaceAll('%3A', ':').replaceAll('%2F', '/').replaceAll('%2C', ',');
}
