/** Connections that are kept open, through the proxies that the environment names. */
import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import { explainFailure, type Failure } from './connection-errors.ts';
import { proxyFor } from './proxy.ts';
import type { RegistryOptions } from './registry.ts';
import { makeSecureContext } from './tls.ts';

const connectTimeoutMs = 30_000;

export type Connectors = {
  find(
    url: URL,
  ): { readonly dispatcher: Dispatcher; readonly proxy: string | undefined } | { readonly failure: Failure };
  close(): Promise<void>;
};

// Keep-alive pools, one per origin (undici's Agent), behind each proxy that is in use. Never undici's global dispatcher:
// the libraries beside us bring an undici of their own.
export function openConnectors(options: RegistryOptions): Connectors {
  const open = new Map<string, Dispatcher>();
  // Checked now, so that a wrong ca-certificate is said before anything else is.
  const trust =
    options.caCertificate === undefined ? undefined : makeSecureContext(options.origin, options.caCertificate);
  const pool = { connections: options.concurrency, pipelining: 1 } as const;

  const make = (secure: boolean, proxy: URL | undefined): Dispatcher => {
    const needsTls = secure || proxy?.protocol === 'https:';
    const secureContext = needsTls ? (trust ?? makeSecureContext(options.origin, undefined)) : undefined;
    const checked = { timeout: connectTimeoutMs, ...(secureContext && { secureContext }) };
    const target = { ...checked, rejectUnauthorized: options.tlsVerify };
    if (proxy === undefined) return new Agent({ ...pool, connect: target });
    // Plain http is handed to the proxy as it is; https goes through a tunnel. tls-verify speaks of the registry, not of the proxy.
    return new ProxyAgent({ ...pool, uri: proxy.href, proxyTunnel: secure, requestTls: target, proxyTls: checked });
  };

  const found = new Map<string, ReturnType<Connectors['find']>>();
  const look = (url: URL): ReturnType<Connectors['find']> => {
    const proxy = proxyFor(url, options.env);
    if (proxy !== undefined && 'invalid' in proxy) {
      const failure = explainFailure(new Error(`the value of ${proxy.invalid} is no URL of a proxy`), {
        method: 'CONNECT',
        url,
        reached: false,
        answered: false,
        proxy: proxy.invalid,
      });
      return { failure: { ...failure, mayBeDone: false } };
    }
    const secure = url.protocol === 'https:';
    const key = `${secure ? 'https' : 'http'} ${proxy?.url.href ?? ''}`;
    const dispatcher = open.get(key) ?? make(secure, proxy?.url);
    open.set(key, dispatcher);
    return { dispatcher, proxy: proxy?.variable };
  };

  return {
    find(url) {
      const known = found.get(url.origin) ?? look(url);
      found.set(url.origin, known);
      return known;
    },
    async close() {
      await Promise.all([...open.values()].map((dispatcher) => dispatcher.close()));
    },
  };
}
