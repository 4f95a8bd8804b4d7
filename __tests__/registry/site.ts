/** Servers and clients of one test file, closed after each test. */
import { afterEach } from '@jest/globals';
import type { Credentials } from '../../src/credentials/index.ts';
import type { RegistryOptions } from '../../src/registry/index.ts';
import { client, startServer, type Client, type Script, type TestServer } from './server.ts';

export type Site = {
  serve(script: Script, options?: Parameters<typeof startServer>[1]): Promise<TestServer>;
  connectTo(url: string, credentials?: Credentials, options?: Partial<RegistryOptions>): Client;
  /** Something else to be closed. */
  keep(one: { close(): Promise<void> }): void;
};

export function useSite(): Site {
  const open: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((one) => one.close()));
  });
  return {
    async serve(script, options) {
      const server = await startServer(script, options);
      open.push(server);
      return server;
    },
    connectTo(url, credentials, options) {
      const registry = client(url, credentials, options);
      open.push(registry);
      return registry;
    },
    keep(one) {
      open.push(one);
    },
  };
}

export type Failed = Readonly<Record<'kind' | 'message' | 'wayOut' | 'method' | 'url' | 'status' | 'codes', unknown>>;

/** What a refused call says. */
export async function failure(promise: Promise<unknown>): Promise<Failed> {
  try {
    await promise;
  } catch (error) {
    const { kind, message, wayOut, method, url, status, codes } = error as Failed;
    return { kind, message, wayOut, method, url, status, codes };
  }
  throw new Error('it went well');
}
