/** `registry`: a host, a host and port, or a URL → Origin. */
import { parseOrigin } from '../model/index.ts';
import type { Origin } from '../model/index.ts';
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';

/** In front of a host; the first group is its name. */
export const scheme = /^([a-z][a-z0-9+.-]*):\/\//i;
const digestAt = /@sha(?:256|512):/i;
/** What the URL parser leaves of a host: a name in ASCII, an IPv4 address, or an IPv6 address in brackets. */
export const hostGrammar = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])$/;
const prefixGrammar = /^(?:\/[A-Za-z0-9._~-]+)*$/;

/** Other names of Docker Hub; none of them serves its registry. */
const dockerHubNames = ['docker.io', 'index.docker.io', 'hub.docker.com'];

/**
 * A bare host is https; a bare loopback host is http, as Docker has it. A path is kept as the prefix that the registry
 * is served under, provided that it can be one. User and password are refused, and never quoted.
 */
export function parseRegistry(text: string): Parsed<Origin> {
  const shown = quote(withoutUserInfo(text));
  if (userInfoOf(text) !== undefined) {
    return refused(
      `${shown} holds a user or a password. Take them out; they belong in username and password, the password from a secret.`,
    );
  }
  if (/[\s,]/.test(text))
    return refused(`${shown} is not one registry. Give one host or URL; a job for each registry.`);
  const protocol = scheme.exec(text)?.[1]?.toLowerCase();
  if (protocol !== undefined && protocol !== 'https' && protocol !== 'http') {
    return refused(`${shown} starts with ${protocol}://, but a registry is asked by https:// or http://.`);
  }
  const rest = text.replace(scheme, '');
  const url = /^[/\\?#]/.test(rest) || rest.includes('\\') ? undefined : readUrl(`${protocol ?? 'https'}://${rest}`);
  if (url === undefined || !hostGrammar.test(url.hostname) || isShortAddress(url.hostname, rest)) {
    return refused(
      `${shown} is not a host, a host and port, or a URL. An IPv6 address stands in brackets: [::1]:5000.`,
    );
  }
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(rest)) {
    return refused(`${shown} has a part behind "?" or "#". Leave it off.`);
  }
  if (dockerHubNames.includes(url.hostname)) {
    return refused(`${shown} is a name of Docker Hub, whose registry answers at registry-1.docker.io.`);
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (/[:@]/.test(path)) {
    return refused(
      `${shown} names an image. Give the registry alone here, and the image's repository in repositories.`,
    );
  }
  if (/(?:^|\/)v[12]$/.test(path)) {
    return refused(`${shown} ends in the path of the registry's API. Leave ${path.slice(-3)} off.`);
  }
  const bare = isLoopback(url.hostname) ? 'http' : 'https';
  // Not `url.host`: it has lost a port that is the default of the scheme it was read with.
  const origin = prefixGrammar.test(path) ? parseOrigin(`${protocol ?? bare}://${rest}`) : undefined;
  return origin === undefined
    ? refused(`${shown} has a path that can't be the prefix of a registry. Leave the path off.`)
    : parsed(origin);
}

/** Host and port, as they stand in front of a repository in an image's name. */
export function hostOf(origin: Origin): string {
  return new URL(origin).host;
}

/** User and password as they stand in front of an `@`, which may hold any character; the `@` of a digest is none. */
export function userInfoOf(text: string): string | undefined {
  const rest = text.replace(scheme, '').replace(new RegExp(`${digestAt.source}.*$`, 'is'), '');
  const end = rest.lastIndexOf('@');
  return end === -1 ? undefined : rest.slice(0, end);
}

/** The same with `***` for user and password: fit to be shown. */
export function withoutUserInfo(text: string): string {
  const found = userInfoOf(text);
  if (found === undefined) return text;
  const start = text.length - text.replace(scheme, '').length;
  return `${text.slice(0, start)}***${text.slice(start + found.length)}`;
}

/** `undefined` where the text is no URL. */
export function readUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** URLs read `5000` as the address 0.0.19.136, which nobody means. */
function isShortAddress(hostname: string, written: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) && !written.startsWith(hostname);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
