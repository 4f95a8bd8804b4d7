/**
 * The sandbox registry: a container registry in this process, on plain node:http, that answers as the real ones do.
 * `__tests__/contract` holds it to the truth: the same suite runs against it and against the real registries.
 * Nothing here comes from the client in `src/`, so that no mistake of the one can hide in the other.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Target } from './push/upload.ts';
import { failure, text } from './registry/answers.ts';
import { Guard } from './registry/auth.ts';
import { Handlers, type Request } from './registry/handlers.ts';
import { Hooks } from './registry/hooks.ts';
import type { Answer, Deletes, RecordedRequest, SandboxOptions, SandboxRegistry } from './registry/options.ts';
import { Store } from './registry/store.ts';
import { headersOf, readBody, write } from './registry/wire.ts';

export type * from './registry/options.ts';
export { digestOf, Store, type StoredManifest } from './registry/store.ts';

// Any value that no token server would give out.
const ownAuthorization = 'Bearer the-sandbox-itself';
const tokenPath = '/token';

/** Listens on 127.0.0.1 until `close`. */
export async function startSandboxRegistry(options: SandboxOptions = {}): Promise<SandboxRegistry> {
  const { profile = 'distribution-3.1', auth = { kind: 'none' }, pathPrefix = '', latencyMs = 0 } = options;
  const store = new Store();
  const hooks = new Hooks();
  const guard = new Guard(auth, Date.now);
  const requests: RecordedRequest[] = [];
  let deletes: Deletes = options.deletes ?? 'enabled';

  const serve = async (name: RecordedRequest['server'], from: IncomingMessage, to: ServerResponse): Promise<void> => {
    const { method = 'GET', url: path = '/' } = from;
    const headers = headersOf(from);
    const own = headers.authorization === ownAuthorization;
    const recorded: { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] } = {
      method,
      path,
      headers,
      server: name,
    };
    if (!own) {
      requests.push(recorded);
      await hooks.runBefore(recorded);
    }
    const [pathname = '', search = ''] = path.split('?', 2);
    const query = new URLSearchParams(search);
    const request: Request = { method, path: pathname, query, headers, bytes: await readBody(from), own };
    const real = (): Promise<Answer> => Promise.resolve(name === 'aside' ? aside(request) : main(request));
    const answer = own ? await real() : await hooks.answerTo(recorded, real);
    const delayed = { ...answer, delayMs: (answer.delayMs ?? 0) + (own ? 0 : latencyMs) };
    if (await write(delayed, method, to)) recorded.status = answer.status;
  };

  const listen = async (name: RecordedRequest['server'], port: number): Promise<Server> => {
    const listener = (from: IncomingMessage, to: ServerResponse): void => {
      serve(name, from, to).catch((error: unknown) => {
        // A mistake of the sandbox or of a hook must be seen by the test, not hang it.
        void write(text(500, `The sandbox failed: ${String(error)}`), from.method, to);
      });
    };
    const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return server;
  };
  const originOf = (server: Server): string =>
    `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

  const needsAside = options.redirectBlobs === true || (auth.kind === 'token' && auth.tokenOrigin === 'other');
  const servers = {
    main: await listen('registry', options.port ?? 0),
    aside: needsAside ? await listen('aside', 0) : undefined,
  };
  const url = `${originOf(servers.main)}${pathPrefix}`;
  const asideUrl = servers.aside && originOf(servers.aside);
  const tokenOrigin = auth.kind === 'token' && auth.tokenOrigin === 'other' ? asideUrl : originOf(servers.main);
  guard.realm = `${tokenOrigin ?? ''}${tokenPath}`;
  const handlers = new Handlers({
    store,
    guard,
    url,
    profile,
    options,
    redirectTo: options.redirectBlobs === true ? asideUrl : undefined,
  });

  const giveToken = ({ method, query, headers, bytes }: Request): Answer =>
    guard.giveToken({ method, query, authorization: headers.authorization, body: new TextDecoder().decode(bytes) });
  const main = (request: Request): Answer => {
    if (auth.kind === 'token' && asideUrl !== tokenOrigin && request.path === tokenPath) return giveToken(request);
    if (!request.path.startsWith(pathPrefix)) return text(404, '404 page not found');
    return handlers.answer({ ...request, path: request.path.slice(pathPrefix.length) }, deletes);
  };
  /** The other origin: tokens, and the blobs as object storage serves them. */
  const aside = (request: Request): Answer => {
    if (auth.kind === 'token' && request.path === tokenPath) return giveToken(request);
    const bytes = store.blobs.get(request.path.slice(1));
    if (bytes === undefined) return failure('BLOB_UNKNOWN');
    // Object storage refuses a request that comes with credentials of somebody else's.
    if (request.headers.authorization !== undefined) return text(400, 'Only one auth mechanism allowed');
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: bytes };
  };

  const direct: Target = {
    url,
    fetch: async (at, { method, headers, body }) => {
      const { pathname, searchParams } = new URL(at);
      const request = { method, path: pathname, query: searchParams, headers: Object.fromEntries(headers), own: true };
      const answer = await Promise.resolve(main({ ...request, bytes: body ?? new Uint8Array() }));
      const content = Buffer.from(answer.body ?? '');
      const given = Object.entries(answer.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
      const bodiless = method === 'HEAD' || answer.status === 204;
      return new Response(bodiless ? null : content, { status: answer.status, headers: Object.fromEntries(given) });
    },
  };

  return {
    url,
    profile,
    authorization: ownAuthorization,
    direct,
    tokenUrl: auth.kind === 'token' ? guard.realm : undefined,
    requests,
    forgetRequests: () => {
      requests.length = 0;
    },
    store,
    before: (match, action) => {
      hooks.before(match, action);
    },
    answer: (match, answer) => hooks.answer(match, answer),
    setDeletes: (changed) => {
      deletes = changed;
    },
    expireTokens: () => {
      guard.expireTokens();
    },
    close: async () => {
      await Promise.all([servers.main, servers.aside].map(stop));
    },
  };
}

async function stop(server: Server | undefined): Promise<void> {
  if (server === undefined) return;
  await new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}
