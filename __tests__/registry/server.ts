/** A registry that answers what a test tells it to, over a real socket, and remembers what it was asked. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Credentials } from '../../src/credentials/index.ts';
import { parseOrigin, parseRepositoryName, type Digest, type RepositoryName, type Tag } from '../../src/model/index.ts';
import { connect, type Registry, type RegistryOptions, type RequestRecord } from '../../src/registry/index.ts';

export type Seen = {
  readonly method: string;
  /** With the query, as it stood in the request. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

export type Scripted =
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: string | Uint8Array | object;
    }
  /** The connection ends: before the answer, or in the middle of its body. */
  | 'drop'
  | 'cut';

export type Script = (seen: Seen, index: number) => Scripted | Promise<Scripted>;

export type TestServer = {
  /** Scheme, host, port. */
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
  /** `METHOD path`, in the order of arrival. */
  lines(): readonly string[];
  /** Connections that were opened. */
  readonly connections: number;
  close(): Promise<void>;
};

export async function startServer(
  script: Script,
  options: {
    readonly tls?: { readonly key: string; readonly cert: string };
    readonly onConnect?: (request: IncomingMessage, socket: Socket) => void;
  } = {},
): Promise<TestServer> {
  const seen: Seen[] = [];
  let connections = 0;
  const answer: RequestListener = (request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const one: Seen = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(pieces).toString('utf8'),
      };
      seen.push(one);
      void Promise.resolve(script(one, seen.length - 1)).then((scripted) => {
        if (scripted === 'drop') {
          request.socket.destroy();
          return;
        }
        if (scripted === 'cut') {
          response.writeHead(200, { 'content-length': '1000', 'content-type': 'application/json' });
          response.write('{"schemaVersion": 2, ', () => request.socket.destroy());
          return;
        }
        const { status = 200, headers = {}, body = '' } = scripted;
        const isObject = typeof body === 'object' && !(body instanceof Uint8Array);
        const bytes = isObject ? Buffer.from(JSON.stringify(body)) : Buffer.from(body);
        response.statusCode = status;
        if (isObject) response.setHeader('content-type', 'application/json');
        for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
        if (!response.hasHeader('content-length')) response.setHeader('content-length', bytes.length);
        response.end(one.method === 'HEAD' ? undefined : bytes);
      });
    });
  };
  const server: Server = options.tls === undefined ? createServer(answer) : createTlsServer(options.tls, answer);
  server.on('connection', () => {
    connections += 1;
  });
  // A client that hangs up during the handshake is what some tests are about.
  server.on('tlsClientError', () => undefined);
  if (options.onConnect !== undefined) server.on('connect', options.onConnect);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    seen,
    lines: () => seen.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`),
    get connections() {
      return connections;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export type Client = Registry & {
  /** How long it would have slept, in order; time passes with it. */
  readonly slept: number[];
  readonly secrets: string[];
  readonly records: RequestRecord[];
  /** Lets time pass. */
  wait(ms: number): void;
};

export function client(
  url: string,
  credentials: Credentials = { kind: 'anonymous' },
  options: Partial<RegistryOptions> = {},
): Client {
  const slept: number[] = [];
  const secrets: string[] = [];
  const records: RequestRecord[] = [];
  let nowMs = Date.parse('2026-11-22T00:00:00Z');
  const registry = connect({
    origin: origin(url),
    credentials,
    tlsVerify: true,
    concurrency: 4,
    env: {},
    userAgent: 'registry-prune-test',
    sleep: (ms) => {
      slept.push(ms);
      nowMs += ms;
      return Promise.resolve();
    },
    random: () => 0.5,
    now: () => new Date(nowMs),
    onSecret: (secret) => secrets.push(secret),
    onRequest: (record) => records.push(record),
    ...options,
  });
  return {
    ...registry,
    slept,
    secrets,
    records,
    wait: (ms) => {
      nowMs += ms;
    },
  };
}

export function origin(url: string): RegistryOptions['origin'] {
  const parsed = parseOrigin(url);
  if (parsed === undefined) throw new Error(`no origin: ${url}`);
  return parsed;
}

export function repository(name = 'apps/web'): RepositoryName {
  const parsed = parseRepositoryName(name);
  if (parsed === undefined) throw new Error(`no repository: ${name}`);
  return parsed;
}

export const tag = (name: string): Tag => name as Tag;
export const digest = (text: string): Digest => text as Digest;

/** A body as the distribution spec has it for errors. */
export function errors(code: string, message = ''): object {
  return { errors: [{ code, message, detail: {} }] };
}
