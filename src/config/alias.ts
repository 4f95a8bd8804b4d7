/** `registry-aliases`: other names of the registry, as they stand in front of a repository in an image's name. */
import { parseRepositoryName } from '../model/index.ts';
import { parsed, quote, refused } from './error.ts';
import type { Parsed } from './error.ts';
import { splitList } from './list.ts';
import { hostGrammar, readUrl, scheme, userInfoOf } from './registry.ts';

/** What people copy a registry's address from: browsers, Helm and skopeo. */
const schemes = ['https', 'http', 'oci', 'docker'];
/** Never written in an image's name behind a URL of that scheme. */
const defaultPorts: Readonly<Record<string, string>> = { 'https:443': '', 'http:80': '' };

/** Each `host`, `host:port`, or one of them with `/path`: lower-case, once. */
export function parseAliases(text: string): Parsed<readonly string[]> {
  const aliases = new Set<string>();
  for (const item of splitList(text)) {
    const alias = parseAlias(item);
    if (!alias.ok) return alias;
    aliases.add(alias.value);
  }
  return aliases.size === 0 ? refused(`${quote(text)} has nothing between its commas.`) : parsed([...aliases]);
}

function parseAlias(text: string): Parsed<string> {
  if (userInfoOf(text) !== undefined)
    return refused('One of the names holds a user or a password. Take them out: no file names an image so.');
  const protocol = scheme.exec(text)?.[1]?.toLowerCase();
  if (protocol !== undefined && !schemes.includes(protocol))
    return refused(`${quote(text)} starts with ${protocol}://, which is no registry's address.`);
  const rest = text.replace(scheme, '');
  const end = rest.search(/\/|$/);
  const [authority, path] = [rest.slice(0, end), rest.slice(end)];
  const hostname = readUrl(`https://${authority}`)?.hostname ?? '';
  const port = /:(\d+)$/.exec(authority)?.[1];
  const written = port === undefined ? authority : authority.slice(0, -port.length - 1);
  // What the URL parser changes beyond the case (`5000` is an address to it, `ä` gets another spelling) nobody meant.
  if (!hostGrammar.test(hostname) || hostname !== written.toLowerCase())
    return refused(`${quote(text)} does not begin with a host, or a host and port, as registry.example.com:5000 does.`);
  const prefix = path.replace(/^\/|\/+$/g, '');
  if (prefix !== '' && parseRepositoryName(prefix) === undefined)
    return refused(
      `${quote(text)} has a path that no image's name begins with. Give the host, and the path in front of the repository if there is one.`,
    );
  const shownPort = port === undefined ? '' : (defaultPorts[`${protocol ?? ''}:${port}`] ?? `:${port}`);
  return parsed(`${hostname}${shownPort}${prefix === '' ? '' : `/${prefix}`}`);
}
