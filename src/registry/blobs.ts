/** Blobs: configs read to date an image, any asked for to prove that it is there, one uploaded for a placeholder. */
import type { Descriptor, Digest, RepositoryName } from '../model/index.ts';
import { explainAnswer, isHtml, parseErrors } from './answer-errors.ts';
import { algorithmOf, digestOf } from './digest.ts';
import { refused, unreadable, unreadableAnswer } from './manifests.ts';
import type { BlobBody, BlobHead, BlobRead, Unreadable } from './registry.ts';
import { repositoryScope } from './scope.ts';
import { sizes, timeouts, type Call, type Reply, type Session } from './session.ts';
import { clean } from './text.ts';
import { uploadLocation } from './uploads.ts';

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
  const { answer } = reply;
  if (isAbsent(session, reply)) return { kind: 'absent' };
  if (answer.status !== 200) return refused(reply);
  const digest = digestOf(answer.bytes, algorithmOf(descriptor.digest));
  if (digest !== descriptor.digest)
    return unreadable(`the bytes of its config have the digest ${digest} instead of ${descriptor.digest}`);
  return { kind: 'found', bytes: answer.bytes };
}

/** HEAD, through to the storage as `getConfig` goes. A 404 to it has no body to say a code in. */
export async function headBlob(session: Session, repository: RepositoryName, digest: Digest): Promise<BlobHead> {
  const reply = await readReply(session, repository, digest, { method: 'HEAD', maxBytes: sizes.other });
  if ('kind' in reply) return reply;
  const { answer, url } = reply;
  if (answer.status === 404 && session.owns(url) && !isHtml(answer)) return { kind: 'absent' };
  if (answer.status !== 200) return refused(reply);
  if (isHtml(answer)) return unreadable('a web page with status 200: a proxy answers, not the registry');
  const said = answer.header('docker-content-digest')?.trim();
  if (said !== undefined && said !== digest)
    return unreadable(`the registry answers another digest, ${clean(said)}, to a question about ${digest}`);
  const size = Number(answer.header('content-length') ?? 'NaN');
  return Number.isSafeInteger(size) ? { kind: 'found', size } : unreadable('its size is not said');
}

/** GET, as `getConfig` does, whatever it weighs: no byte is kept. */
export async function readBlob(session: Session, repository: RepositoryName, digest: Digest): Promise<BlobRead> {
  const reply = await readReply(session, repository, digest, {
    method: 'GET',
    maxBytes: Number.POSITIVE_INFINITY,
    hashBody: algorithmOf(digest),
  });
  if ('kind' in reply) return reply;
  const { answer } = reply;
  if (isAbsent(session, reply)) return { kind: 'absent' };
  if (answer.status !== 200 || answer.hashed === undefined) return refused(reply);
  const { hashed } = answer;
  if (hashed.digest === digest) return { kind: 'found', size: hashed.size };
  return { kind: 'damaged', why: `its ${hashed.size} bytes have the digest ${hashed.digest} instead of ${digest}` };
}

async function readReply(
  session: Session,
  repository: RepositoryName,
  digest: Digest,
  call: Pick<Call, 'method' | 'maxBytes' | 'hashBody'>,
): Promise<Reply | Unreadable> {
  try {
    return await session.fetch({
      ...call,
      at: `/v2/${repository}/blobs/${digest}`,
      scopes: [repositoryScope(repository, ['pull'])],
      timeoutMs: timeouts.readMs,
    });
  } catch (error) {
    return unreadableAnswer(error);
  }
}

/** The registry's own word for it; a storage behind it is not asked what the registry has. */
function isAbsent(session: Session, { answer, url }: Reply): boolean {
  if (answer.status !== 404 || !session.owns(url) || isHtml(answer)) return false;
  const { codes } = parseErrors(answer);
  return ['BLOB_UNKNOWN', 'NAME_UNKNOWN', 'NOT_FOUND'].some((code) => codes.includes(code));
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

function uploadUrl(session: Session, opened: Reply, digest: Digest): URL {
  const url = uploadLocation(session, opened);
  url.searchParams.set('digest', digest);
  return url;
}
