/** Config blobs: read to date an image, uploaded for a placeholder. */
import type { Descriptor, Digest, RepositoryName } from '../model/index.ts';
import { explainAnswer, explainNonsense, isHtml, parseErrors } from './answer-errors.ts';
import { algorithmOf, digestOf } from './digest.ts';
import { refused, unreadable, unreadableAnswer } from './manifests.ts';
import type { BlobBody } from './registry.ts';
import { repositoryScope } from './scope.ts';
import { sizes, timeouts, type Reply, type Session } from './session.ts';
import { showUrl } from './text.ts';

/** GET, through to the storage that many registries send their readers to: there without credentials. */
export async function getConfig(
  session: Session,
  repository: RepositoryName,
  descriptor: Descriptor,
): Promise<BlobBody> {
  if (descriptor.size > sizes.config)
    return unreadable(
      `its config is said to have ${descriptor.size} bytes, and more than ${sizes.config} are not read`,
    );
  let reply: Reply;
  try {
    reply = await session.fetch({
      method: 'GET',
      at: `/v2/${repository}/blobs/${descriptor.digest}`,
      scopes: [repositoryScope(repository, ['pull'])],
      headers: { accept: `${descriptor.mediaType}, */*` },
      maxBytes: sizes.config,
      timeoutMs: timeouts.readMs,
    });
  } catch (error) {
    return unreadableAnswer(error);
  }
  const { answer, url } = reply;
  if (answer.status === 404 && session.owns(url) && !isHtml(answer)) {
    const { codes } = parseErrors(answer);
    if (['BLOB_UNKNOWN', 'NAME_UNKNOWN', 'NOT_FOUND'].some((code) => codes.includes(code))) return { kind: 'absent' };
  }
  if (answer.status !== 200) return refused(reply);
  const digest = digestOf(answer.bytes, algorithmOf(descriptor.digest));
  if (digest !== descriptor.digest)
    return unreadable(`the bytes of its config have the digest ${digest} instead of ${descriptor.digest}`);
  return { kind: 'found', bytes: answer.bytes };
}

/**
 * 1. HEAD: is it there? 2. POST: where may it be uploaded to? 3. PUT it there, whole (distribution spec 1.1.1, "POST
 * then PUT"). Throws RegistryError where the registry refuses.
 */
export async function putBlob(session: Session, repository: RepositoryName, bytes: Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes);
  if (await hasBlob(session, repository, digest)) return digest;
  const scopes = [repositoryScope(repository, ['pull', 'push'])];
  const common = { scopes, maxBytes: sizes.other, timeoutMs: timeouts.writeMs };
  const opened = await session.demand({ ...common, method: 'POST', at: `/v2/${repository}/blobs/uploads/` });
  if (opened.answer.status !== 202 && opened.answer.status !== 201) throw explainAnswer(opened);
  const put = await session.demand({
    ...common,
    method: 'PUT',
    at: uploadUrl(session, opened, digest),
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
  });
  const done = put.answer.status >= 200 && put.answer.status <= 299;
  // An upload whose answer was lost is over, and unknown to the second try.
  if (!done && !(put.uncertain && (await hasBlob(session, repository, digest)))) throw explainAnswer(put);
  return digest;
}

async function hasBlob(session: Session, repository: RepositoryName, digest: Digest): Promise<boolean> {
  const reply = await session.demand({
    method: 'HEAD',
    at: `/v2/${repository}/blobs/${digest}`,
    scopes: [repositoryScope(repository, ['pull', 'push'])],
    maxBytes: sizes.other,
    timeoutMs: timeouts.readMs,
  });
  // A redirect to its storage says that it is there too, but not whether the storage has it: upload it then.
  return reply.answer.status === 200;
}

/**
 * Where the registry wants the blob, with its own query kept. Over plain http it may name itself only where it is asked
 * so: behind a proxy that ends TLS, it doesn't know better than `http://`, and is meant as it was asked.
 */
function uploadUrl(session: Session, opened: Reply, digest: Digest): URL {
  const location = opened.answer.header('location') ?? '';
  if (location === '' || !URL.canParse(location, opened.url.href))
    throw explainNonsense(opened, 'The registry opens an upload and says no place for it');
  const url = new URL(location, opened.url.href);
  const prefix = new URL(session.origin).pathname.replace(/\/$/, '');
  if (url.protocol === 'http:' && opened.url.protocol === 'https:') {
    if (url.hostname !== opened.url.hostname)
      throw explainNonsense(opened, `The registry wants an upload over plain HTTP at ${showUrl(url)}`);
    url.protocol = 'https:';
    url.port = opened.url.port;
  }
  if (session.owns(url) && url.pathname.startsWith('/v2/')) url.pathname = prefix + url.pathname;
  url.username = '';
  url.password = '';
  url.hash = '';
  url.searchParams.set('digest', digest);
  return url;
}
