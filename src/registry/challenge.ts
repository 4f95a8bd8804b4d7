/** WWW-Authenticate, as RFC 9110 section 11.6.1 writes it. Pure. */

export type Challenge = {
  /** Lower case: schemes are compared without case. */
  readonly scheme: string;
  readonly token68?: string;
  /** By lower-cased name. */
  readonly parameters: ReadonlyMap<string, string>;
};

const tokenCharacters = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const scheme = new RegExp(tokenCharacters, 'y');
const separators = /[ \t,]*/y;
const spaces = /[ \t]*/y;
// A comma or the end must follow: otherwise `realm=` of a parameter would read as one.
const token68 = /[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const parameterName = new RegExp(`(${tokenCharacters})[ \\t]*=[ \\t]*`, 'y');
// An unterminated string ends with its header.
const quotedString = /"((?:[^"\\]|\\.)*)(?:"|$)/sy;
// More than a token: registries write `realm=https://…` without quotes.
const bareValue = /[^ \t,"]*/y;
const untilComma = /[^,]*/y;

/**
 * All challenges of all headers, in their order: several may share a header, and the commas between them are the commas
 * between parameters too. What can't be read is skipped to the next comma; it never hides the challenges after it.
 */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers.flatMap(parseHeader);
}

function parseHeader(text: string): readonly Challenge[] {
  const found: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return undefined;
    at = pattern.lastIndex;
    return match;
  };
  const takeParameter = (): readonly [string, string] | undefined => {
    const name = take(parameterName)?.[1];
    if (name === undefined) return undefined;
    const quoted = take(quotedString)?.[1];
    const value = quoted === undefined ? (take(bareValue)?.[0] ?? '') : quoted.replace(/\\(.)/gs, '$1');
    return [name.toLowerCase(), value];
  };

  for (take(separators); at < text.length; take(separators)) {
    const name = take(scheme)?.[0];
    if (name === undefined) {
      if (take(untilComma)?.[0] === '') at += 1;
      continue;
    }
    take(spaces);
    const opaque = take(token68)?.[0];
    const parameters = new Map<string, string>();
    if (opaque === undefined) {
      for (let next = takeParameter(); next !== undefined; next = takeParameter()) {
        // A parameter stands once; of two, the first, so that nothing appended to a header replaces its realm.
        if (!parameters.has(next[0])) parameters.set(next[0], next[1]);
        take(separators);
      }
    }
    found.push({
      scheme: name.toLowerCase(),
      parameters,
      ...(opaque === undefined ? {} : { token68: opaque }),
    });
  }
  return found;
}
