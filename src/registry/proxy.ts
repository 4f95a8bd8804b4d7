/** Which proxy a request goes through, by the variables that curl, Go and Docker read. Pure. */
import { BlockList, isIP } from 'node:net';

export type Proxy = {
  readonly url: URL;
  /** The variable that says so: errors name it, never its value, which may hold a password. */
  readonly variable: string;
};

/**
 * The proxy for a URL, `undefined` for none, or the name of a variable whose value is no proxy. `HTTPS_PROXY` for
 * https, `HTTP_PROXY` for http, lower case first. As Go does, the machine itself is never asked through a proxy.
 */
export function proxyFor(
  url: URL,
  env: Readonly<Record<string, string | undefined>>,
): Proxy | { readonly invalid: string } | undefined {
  const names = url.protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
  const variable = names.find((name) => (env[name] ?? '') !== '');
  const text = variable === undefined ? undefined : env[variable];
  if (variable === undefined || text === undefined || isExcepted(url, env.no_proxy ?? env.NO_PROXY ?? ''))
    return undefined;
  const withScheme = /^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`;
  const proxy = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
  if (proxy?.protocol !== 'http:' && proxy?.protocol !== 'https:') return { invalid: variable };
  return { url: proxy, variable };
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isExcepted(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host.endsWith('.localhost') || isIn(loopback, host)) return true;
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => entry !== '' && matches(entry, host, port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  const [, bracketed, bare = '', entryPort] = /^(?:\[([^\]]+)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(entry) ?? [];
  // An IPv6 address without brackets has no port.
  const name = bracketed ?? (isIP(entry) === 6 ? entry : bare);
  if (entryPort !== undefined && isIP(entry) !== 6 && entryPort !== port) return false;
  const [network = '', bits] = name.split('/');
  const family = isIP(network);
  if (family !== 0) {
    const list = new BlockList();
    const width = Number(bits ?? (family === 4 ? 32 : 128));
    if (!(width >= 0 && width <= (family === 4 ? 32 : 128))) return false;
    list.addSubnet(network, width, family === 4 ? 'ipv4' : 'ipv6');
    return isIn(list, host);
  }
  const suffix = name.replace(/^\*?\./, '');
  return suffix !== '' && (host === suffix || host.endsWith(`.${suffix}`));
}

function isIn(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
