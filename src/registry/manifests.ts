/** Reading and writing manifests. What one of them can't give is an answer about it, never an error about the others. */
import { z } from 'zod';
import { manifestMediaTypes, parseDigest, type Digest, type RepositoryName, type Tag } from '../model/index.ts';
import { contentType, explainAnswer, explainNonsense, isHtml, parseErrors, parseJson } from './answer-errors.ts';
import { algorithmOf, manifestDigest } from './digest.ts';
import { RegistryError } from './errors.ts';
import type { ManifestBody, ManifestHead, Unreadable } from './registry.ts';
import { repositoryScope } from './scope.ts';
import { sizes, timeouts, type Reply, type Session } from './session.ts';
import type { Answer } from './transport.ts';

const accept = manifestMediaTypes.join(', ');

/** HEAD, or GET where the answer to a HEAD leaves digest, type or size open. */
export async function headManifest(
  session: Session,
  repository: RepositoryName,
  reference: Tag | Digest,
): Promise<ManifestHead> {
  const head = await readManifest(session, 'HEAD', repository, reference);
  if ('kind' in head) return head;
  const { answer } = head;
  if (answer.status === 200) {
    const asked = parseDigest(reference);
    const said = digestSaid(answer);
    const size = Number(answer.header('content-length') ?? 'NaN');
    const mediaType = contentType(answer);
    if (asked !== undefined && said !== undefined && said !== asked)
      return unreadable(`the registry answers another digest, ${said}, to a question about ${asked}`);
    const digest = said ?? asked;
    if (digest !== undefined && isTelling(mediaType) && Number.isSafeInteger(size) && size > 0)
      return { kind: 'found', digest, mediaType, size };
  } else if (answer.status === 404) {
    // A HEAD has no body to say a code in; a web page's type gives away that it isn't the registry that speaks.
    return isHtml(answer) ? unreadable('404 with a web page: a proxy answers, not the registry') : { kind: 'absent' };
  } else if (answer.status !== 405 && answer.status !== 501) return refused(head);

  const body = await getManifest(session, repository, reference);
  if (body.kind !== 'found') return body;
  return { kind: 'found', digest: body.digest, mediaType: body.mediaType, size: body.bytes.length };
}

export async function getManifest(
  session: Session,
  repository: RepositoryName,
  reference: Tag | Digest,
): Promise<ManifestBody> {
  const got = await readManifest(session, 'GET', repository, reference);
  if ('kind' in got) return got;
  const { answer } = got;
  if (answer.status === 404 && isAbsent(answer)) return { kind: 'absent' };
  if (answer.status !== 200) return refused(got);
  if (isHtml(answer)) return unreadable('a web page with status 200: a proxy answers, not the registry');

  const { bytes } = answer;
  const body = manifestShape.safeParse(parseJson(bytes)).data;
  if (body === undefined) return unreadable('it is not a JSON object, or it was cut');
  const said = contentType(answer);
  const mediaType = isTelling(said) ? said : body.mediaType;
  if (mediaType === undefined) return unreadable(`its media type is not said (Content-Type: ${said || 'none'})`);
  if (isTelling(said) && body.mediaType !== undefined && body.mediaType.toLowerCase() !== said)
    return unreadable(`it is answered as ${said} and says ${body.mediaType} of itself`);

  // By digest, what was asked for; by tag, what the registry says that the tag points at, if it says it.
  const expected = parseDigest(reference) ?? digestSaid(answer);
  const digest = manifestDigest(bytes, mediaType, expected === undefined ? 'sha256' : algorithmOf(expected));
  if (digest === undefined) return unreadable('its signatures (schema 1) are broken');
  if (expected !== undefined && digest !== expected)
    return unreadable(`its bytes have the digest ${digest} instead of ${expected}`);
  return { kind: 'found', digest, mediaType, bytes };
}

/**
 * How often a manifest is put whose digest the registry calls invalid. While a list is put and what it lists gets another
 * tag, distribution 2.8.2 says so to one request in ten.
 */
const putsAtMost = 8;

/**
 * Writes a manifest. Throws RegistryError where the registry refuses, or confirms another digest than the bytes have.
 *
 * "Invalid digest" cannot be about the bytes, whose digest is checked here. distribution 2.8 on a file system empties a
 * link before it writes it, whoever puts the same manifest once more, and what reads the link at that moment to verify a
 * list finds no digest in it. It is asked again, and at once: a moment later the link says what it said before.
 */
export async function putManifest(
  session: Session,
  repository: RepositoryName,
  reference: Tag | Digest,
  manifest: { readonly mediaType: string; readonly bytes: Uint8Array },
): Promise<Digest> {
  const { mediaType, bytes } = manifest;
  const asked = parseDigest(reference);
  const digest = manifestDigest(bytes, mediaType, asked === undefined ? 'sha256' : algorithmOf(asked));
  if (digest === undefined || (asked !== undefined && asked !== digest))
    throw new Error(`the bytes to be put have the digest ${digest ?? 'of broken signatures'}, not ${reference}`);
  const put = (): Promise<Reply> =>
    session.demand({
      method: 'PUT',
      at: `/v2/${repository}/manifests/${reference}`,
      scopes: [repositoryScope(repository, ['pull', 'push'])],
      headers: { 'content-type': mediaType },
      body: bytes,
      maxBytes: sizes.other,
      timeoutMs: timeouts.writeMs,
    });
  let reply = await put();
  for (let puts = 1; puts < putsAtMost && saysDigestInvalid(reply.answer); puts += 1) reply = await put();
  const { answer } = reply;
  if (answer.status < 200 || answer.status > 299) throw explainAnswer(reply);
  // Location is of the tag or of the digest, as the registry likes; only a digest in it says something.
  const located = parseDigest((answer.header('location') ?? '').split(/[?#]/, 1).join('').split('/').at(-1) ?? '');
  const confirmed = [digestSaid(answer), located].filter((one) => one !== undefined);
  const other = confirmed.find((one) => algorithmOf(one) === algorithmOf(digest) && one !== digest);
  if (other !== undefined)
    throw explainNonsense(
      reply,
      `The registry stored ${other} where ${digest} was put: something changes manifests on their way`,
    );
  return digest;
}

function saysDigestInvalid(answer: Answer): boolean {
  return answer.status === 400 && parseErrors(answer).codes.includes('DIGEST_INVALID');
}

const manifestShape = z.looseObject({ mediaType: z.string().optional().catch(undefined) });

/** A reply to be looked at, or what is already said by there being none. */
async function readManifest(
  session: Session,
  method: 'HEAD' | 'GET',
  repository: RepositoryName,
  reference: Tag | Digest,
): Promise<Reply | Unreadable> {
  try {
    return await session.demand({
      method,
      at: `/v2/${repository}/manifests/${reference}`,
      scopes: [repositoryScope(repository, ['pull'])],
      headers: { accept },
      maxBytes: sizes.manifest,
      timeoutMs: timeouts.readMs,
    });
  } catch (error) {
    return unreadableAnswer(error);
  }
}

/** An answer that began and was cut, or has no end, is about this one thing. Throws every other error. */
export function unreadableAnswer(error: unknown): Unreadable {
  if (error instanceof RegistryError && error.kind === 'protocol' && error.status === undefined)
    return unreadable(error.message);
  throw error;
}

/**
 * What is said by a status that is no success: of a registry that is out of order, an error; otherwise of this one
 * manifest (distribution 3 answers 500 to a schema 1 manifest that it holds).
 */
export function refused(reply: Reply): Unreadable {
  const error = explainAnswer(reply);
  if (reply.answer.status > 501) throw error;
  return unreadable(error.message);
}

export function unreadable(why: string): Unreadable {
  return { kind: 'unreadable', why };
}

// A type that says what it is. `application/json`, `text/plain` and the like say what anything could be.
function isTelling(mediaType: string): boolean {
  return mediaType.startsWith('application/vnd.');
}

function digestSaid(answer: Answer): Digest | undefined {
  return parseDigest(answer.header('docker-content-digest')?.trim() ?? '');
}

const absentCodes = ['MANIFEST_UNKNOWN', 'NAME_UNKNOWN', 'NOT_FOUND', 'TAG_UNKNOWN'];

/**
 * 404 with a code that says so. Not the 404 by which distribution 2.8 and 3 refuse a manifest whose type was not
 * accepted: that one is there.
 */
function isAbsent(answer: Answer): boolean {
  const { codes, message } = parseErrors(answer);
  return codes.some((code) => absentCodes.includes(code)) && !message.includes('accept header does not support');
}
