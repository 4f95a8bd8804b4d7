/** The requests of a push: blobs and manifests, by the distribution spec, over fetch. */
import { createHash } from 'node:crypto';
import { manifestMediaTypes } from '../../src/model/index.ts';

/** Any registry: origin with an optional path prefix, and the `Authorization` to send, if any. */
export type Target = {
  readonly url: string;
  readonly authorization?: string | undefined;
  /** Instead of the network. */
  readonly fetch?: ((url: string, request: PushRequest) => Promise<Response>) | undefined;
};

export type PushRequest = {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: Uint8Array<ArrayBuffer>;
};

/** The registry didn't take it: method, URL, status and what it said. */
export class PushError extends Error {
  readonly status: number;

  constructor(method: string, url: string, status: number, said: string) {
    super(`${method} ${url} was answered ${status}: ${said.slice(0, 300)}`);
    this.name = 'PushError';
    this.status = status;
  }
}

/** Uploads the blob unless the repository has it; answers its digest. */
export async function putBlob(target: Target, repository: string, bytes: Uint8Array): Promise<string> {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const head = await send(target, 'HEAD', `/v2/${repository}/blobs/${digest}`);
  if (head.status === 200) return digest;
  const started = await expect(202, target, 'POST', `/v2/${repository}/blobs/uploads/`);
  const location = new URL(started.headers.get('location') ?? '', target.url);
  location.searchParams.set('digest', digest);
  await expect(201, target, 'PUT', location.href, bytes, 'application/octet-stream');
  return digest;
}

/** Takes a blob over from another repository; throws if the registry doesn't mount it. */
export async function mountBlob(target: Target, repository: string, from: string, digest: string): Promise<void> {
  const query = new URLSearchParams({ mount: digest, from }).toString();
  await expect(201, target, 'POST', `/v2/${repository}/blobs/uploads/?${query}`);
}

/** By tag or by digest. */
export async function putManifest(
  target: Target,
  repository: string,
  reference: string,
  mediaType: string,
  bytes: Uint8Array,
): Promise<void> {
  await expect(201, target, 'PUT', `/v2/${repository}/manifests/${reference}`, bytes, mediaType);
}

/** A manifest's bytes and type, with every type accepted; `undefined` where the registry says 404. */
export async function fetchManifest(
  target: Target,
  repository: string,
  reference: string,
): Promise<{ readonly mediaType: string; readonly digest: string; readonly bytes: Uint8Array } | undefined> {
  const path = `/v2/${repository}/manifests/${reference}`;
  const response = await send(target, 'GET', path, undefined, undefined, manifestMediaTypes.join(', '));
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status === 404) return undefined;
  if (response.status !== 200) {
    throw new PushError('GET', path, response.status, new TextDecoder().decode(bytes));
  }
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { mediaType: response.headers.get('content-type') ?? '', digest, bytes };
}

async function expect(
  status: number,
  target: Target,
  method: string,
  path: string,
  body?: Uint8Array,
  type?: string,
): Promise<Response> {
  const response = await send(target, method, path, body, type);
  const said = await response.text();
  if (response.status !== status) throw new PushError(method, path, response.status, said);
  return response;
}

/** `path` may be a whole URL: an upload's location is one. */
function send(
  target: Target,
  method: string,
  path: string,
  body?: Uint8Array,
  type?: string,
  accept?: string,
): Promise<Response> {
  const headers = new Headers();
  if (type !== undefined) headers.set('content-type', type);
  if (accept !== undefined) headers.set('accept', accept);
  const url = path.startsWith('/') ? `${target.url}${path}` : path;
  // An upload may be sent to another host: the credentials stay with the registry.
  const same = new URL(url).origin === new URL(target.url).origin;
  if (target.authorization !== undefined && same) headers.set('authorization', target.authorization);
  const request = { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(body) }) };
  return target.fetch === undefined ? fetch(url, request) : target.fetch(url, request);
}
