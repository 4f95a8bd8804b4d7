// A small API server of Kubernetes on loopback: objects in memory, discovery, watches, logs and exec, as kubectl asks for
// them. Its pods are processes of this machine.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { isProtobuf, readReview } from './access-review.ts';
import { cluster, type Cluster, type ClusterOptions } from './cluster.ts';
import { matches, matchesFields, mergePatch, type Item } from './objects.ts';
import { streamExec } from './exec-stream.ts';

export type Asked = {
  readonly method: string;
  readonly path: string;
  /** As a Role names it: `patch deployments`, `create pods/exec`. */
  readonly right: string;
  readonly body?: unknown;
};

export type ApiServer = Cluster & {
  readonly url: string;
  /** What was asked of objects, in order; discovery isn't in it. */
  readonly asked: Asked[];
  /** A refusal with 403 for this: `delete pods`, `create pods/exec`. Until what it returns is called. */
  forbid: (right: string) => () => void;
  /** A refusal with 403 for all that isn't among these. */
  allowOnly: (rights: ReadonlySet<string>) => void;
  /** Cuts the next connection that follows a log after this many bytes. */
  cutNextLog: (afterBytes: number) => void;
  close: () => Promise<void>;
};

const resources: Readonly<Record<string, readonly (readonly [string, string, boolean])[]>> = {
  v1: [
    ['pods', 'Pod', true],
    ['pods/log', 'Pod', true],
    ['pods/exec', 'PodExecOptions', true],
    ['events', 'Event', true],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', true],
    ['namespaces', 'Namespace', false],
  ],
  'apps/v1': [
    ['deployments', 'Deployment', true],
    ['statefulsets', 'StatefulSet', true],
  ],
  'autoscaling/v1': [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', true]],
  'authorization.k8s.io/v1': [['selfsubjectaccessreviews', 'SelfSubjectAccessReview', false]],
};

export async function startApiServer(options: ClusterOptions): Promise<ApiServer> {
  const inside = cluster(options);
  const asked: Asked[] = [];
  const forbidden = new Set<string>();
  let allowed: ReadonlySet<string> | undefined;
  const isForbidden = (right: string) => forbidden.has(right) || allowed?.has(right) === false;
  let cutAfter: number | undefined;

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  const sockets = new Set<Duplex>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cluster');
    const method = request.method ?? 'GET';
    const bytes = await bodyOf(request);
    const json = (status: number, value: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const found = discovery(url.pathname);
    if (found !== undefined) {
      json(200, found);
      return;
    }
    const target = targetOf(url.pathname);
    if (target === undefined) {
      json(404, status(404, 'NotFound', 'the server could not find the requested resource'));
      return;
    }
    const body: unknown =
      bytes.length === 0 ? undefined : isProtobuf(bytes) ? readReview(bytes) : JSON.parse(bytes.toString());
    const verb = verbOf(method, url, target);
    const what = [target.resource, target.sub].filter(Boolean).join('/');
    asked.push({
      ...{ method, path: `${url.pathname}${shownQuery(url)}`, right: `${verb} ${what}` },
      ...(body !== undefined && { body }),
    });
    if (target.resource === 'selfsubjectaccessreviews') {
      const { resourceAttributes: wanted } = (body as { spec: { resourceAttributes: Record<string, string> } }).spec;
      const right = `${wanted.verb ?? ''} ${[wanted.resource, wanted.subresource].filter(Boolean).join('/')}`;
      json(201, { ...(body as object), status: { allowed: !isForbidden(right) } });
      return;
    }
    if (isForbidden(`${verb} ${what}`)) {
      json(403, refusal(verb, what, target));
      return;
    }
    if (target.sub === 'log') {
      sendLog(target, url, response);
      return;
    }
    if (url.searchParams.get('watch') === 'true') {
      watch(target, url, response);
      return;
    }
    const [code, value] = await act(method, target, url, body);
    json(code, value);
  }

  async function act(method: string, target: Target, url: URL, body: unknown): Promise<readonly [number, unknown]> {
    const { resource, namespace, name } = target;
    if (method === 'POST') {
      const item = body as Item;
      if (inside.get(resource, namespace, item.metadata.name) !== undefined)
        return [409, status(409, 'AlreadyExists', `${resource} "${item.metadata.name}" already exists`)];
      if (namespace !== undefined) item.metadata.namespace = namespace;
      return [201, inside.put(resource, withoutNulls(item) as Item)];
    }
    if (name === undefined) {
      const items = inside.list(resource, namespace).filter((item) => isChosen(item, url));
      return [200, { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: inside.version() }, items }];
    }
    const item = inside.get(resource, namespace, name);
    if (item === undefined)
      return [404, status(404, 'NotFound', `${resource}${groupOf(resource)} "${name}" not found`)];
    if (method === 'PATCH') return [200, inside.put(resource, mergePatch(item, body) as Item)];
    if (method === 'DELETE') {
      const grace = (body as { gracePeriodSeconds?: number } | undefined)?.gracePeriodSeconds ?? 30;
      await inside.remove(resource, item, grace);
      return [200, inside.get(resource, namespace, name) ?? status(200, '', '', 'Success')];
    }
    return [200, item];
  }

  function watch(target: Target, url: URL, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    const since = Number(url.searchParams.get('resourceVersion') ?? '0');
    const stop = inside.watch(since, (event) => {
      if (event.resource !== target.resource || event.item.metadata.namespace !== target.namespace) return;
      if (target.name !== undefined && event.item.metadata.name !== target.name) return;
      if (isChosen(event.item, url)) response.write(`${JSON.stringify({ type: event.type, object: event.item })}\n`);
    });
    response.on('close', stop);
  }

  function sendLog(target: Target, url: URL, response: ServerResponse): void {
    const process = inside.processOf(target.name ?? '', url.searchParams.get('container') ?? '');
    if (process === undefined) {
      const what = `container in pod "${target.name ?? ''}" is waiting to start`;
      response
        .writeHead(400, { 'content-type': 'application/json' })
        .end(JSON.stringify(status(400, 'BadRequest', what)));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.flushHeaders();
    if (url.searchParams.get('follow') !== 'true') {
      response.end(process.printed());
      return;
    }
    let sent = 0;
    let cut = false;
    let stop = (): void => undefined;
    stop = process.follow((chunk) => {
      if (cut) return;
      if (chunk === undefined) {
        response.end();
        return;
      }
      if (cutAfter !== undefined && sent + chunk.length > cutAfter) {
        response.write(chunk.subarray(0, Math.max(0, cutAfter - sent)), () => response.destroy());
        cutAfter = undefined;
        cut = true;
        stop();
        return;
      }
      sent += chunk.length;
      response.write(chunk);
    });
    response.on('close', () => {
      stop();
    });
  }

  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://cluster');
    const target = targetOf(url.pathname);
    const verb = request.method === 'POST' ? 'create' : 'get';
    asked.push({ method: request.method ?? '', path: `${url.pathname}${shownQuery(url)}`, right: `${verb} pods/exec` });
    const container = url.searchParams.get('container') ?? '';
    const process = inside.processOf(target?.name ?? '', container);
    const refuse = (code: number, value: unknown) => {
      const text = JSON.stringify(value);
      socket.end(
        `HTTP/1.1 ${code} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
      );
    };
    if (target === undefined || process === undefined) refuse(404, status(404, 'NotFound', 'no such container'));
    else if (isForbidden(`${verb} pods/exec`)) refuse(403, refusal(verb, 'pods/exec', target));
    else {
      if (head.length > 0) socket.unshift(head);
      streamExec(request, socket, process.exec(url.searchParams.getAll('command')));
    }
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ...inside,
    url: `http://127.0.0.1:${port}`,
    asked,
    forbid(right) {
      forbidden.add(right);
      return () => forbidden.delete(right);
    },
    allowOnly(rights) {
      allowed = rights;
    },
    cutNextLog(afterBytes) {
      cutAfter = afterBytes;
    },
    async close() {
      await inside.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type Target = {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly sub: string | undefined;
};

function targetOf(path: string): Target | undefined {
  const [, group, rest = ''] = /^\/(?:api\/v1|apis\/([^/]+)\/v1)\/(.+)$/.exec(path) ?? [];
  if (group === undefined && !path.startsWith('/api/v1/')) return undefined;
  const parts = rest.split('/');
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2;
  const [resource = '', name, sub] = inNamespace ? parts.slice(2) : parts;
  return { resource, namespace: inNamespace ? parts[1] : undefined, name, sub };
}

function discovery(path: string): unknown {
  if (path === '/version') return { major: '1', minor: '32', gitVersion: 'v1.32.4' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis')
    return {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: Object.keys(resources)
        .filter((version) => version.includes('/'))
        .map((groupVersion) => {
          const [name, version] = groupVersion.split('/');
          return { name, versions: [{ groupVersion, version }], preferredVersion: { groupVersion, version } };
        }),
    };
  const [, groupVersion = ''] = /^\/apis?\/(v1|[^/]+\/v1)$/.exec(path) ?? [];
  const known = resources[groupVersion];
  if (known === undefined) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion,
    resources: known.map(([name, kind, namespaced]) => ({
      ...{ name, kind, namespaced, singularName: kind.toLowerCase() },
      verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
    })),
  };
}

function verbOf(method: string, url: URL, { name }: Target): string {
  if (method !== 'GET') return { POST: 'create', PATCH: 'patch', DELETE: 'delete' }[method] ?? method;
  if (url.searchParams.get('watch') === 'true') return 'watch';
  return name === undefined ? 'list' : 'get';
}

function isChosen(item: Item, url: URL): boolean {
  return (
    matches(item.metadata.labels ?? {}, url.searchParams.get('labelSelector') ?? '') &&
    matchesFields(item, url.searchParams.get('fieldSelector') ?? '')
  );
}

// Versions count up with every change, and how long a client wants to wait is chance.
const unshownQueries = new Set(['resourceVersion', 'timeoutSeconds', 'timeout', 'limit', 'allowWatchBookmarks']);

function shownQuery(url: URL): string {
  const shown = [...url.searchParams].filter(([name]) => !unshownQueries.has(name));
  return shown.length === 0 ? '' : `?${shown.map(([name, value]) => `${name}=${value}`).join('&')}`;
}

function refusal(verb: string, what: string, { namespace, name }: Target): unknown {
  const message = `${what} ${name === undefined ? '' : `"${name}" `}is forbidden: User "ci" cannot ${verb} resource "${what}" in API group "" in the namespace "${namespace ?? ''}"`;
  return status(403, 'Forbidden', message);
}

function groupOf(resource: string): string {
  if (resource === 'deployments' || resource === 'statefulsets') return '.apps';
  return resource === 'horizontalpodautoscalers' ? '.autoscaling' : '';
}

function status(code: number, reason: string, message: string, result = 'Failure'): unknown {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: result, message, reason, code };
}

/** As a typed API drops them. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => (each === null ? [] : [[key, withoutNulls(each)]])),
  );
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
