/** Content and its name. */
import { createHash, hash } from 'node:crypto';
import { z } from 'zod';
import { mediaTypes, parseDigest, type Digest } from '../model/index.ts';
import { parseJson } from './answer-errors.ts';

export type DigestAlgorithm = 'sha256' | 'sha512';

export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return named(algorithm, hash(algorithm, bytes));
}

/** The same for bytes that come piece by piece. */
export function startDigest(algorithm: DigestAlgorithm): { update(piece: Uint8Array): void; end(): Digest } {
  const hashing = createHash(algorithm);
  return {
    update(piece) {
      hashing.update(piece);
    },
    end: () => named(algorithm, hashing.digest('hex')),
  };
}

function named(algorithm: DigestAlgorithm, hex: string): Digest {
  const digest = parseDigest(`${algorithm}:${hex}`);
  if (digest === undefined) throw new Error(`not a digest algorithm: ${algorithm}`);
  return digest;
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/**
 * The digest that a registry gives a manifest: of its bytes, but of Docker's signed schema 1, of what was signed
 * (distribution, docs/spec/api.md, "Content Digests"; libtrust's JSON signatures). `undefined` where a signed one is
 * broken.
 */
export function manifestDigest(bytes: Uint8Array, mediaType: string, algorithm: DigestAlgorithm): Digest | undefined {
  if (mediaType !== mediaTypes.dockerSchema1Signed) return digestOf(bytes, algorithm);
  const payload = signedPayload(bytes);
  return payload === undefined ? undefined : digestOf(payload, algorithm);
}

const signed = z.object({ signatures: z.array(z.object({ protected: z.string() })).min(1) });
const protectedHeader = z.object({ formatLength: z.number().int().nonnegative(), formatTail: z.string() });

// The signatures were put in before the payload's last bytes: its head, up to formatLength, and its tail say it.
function signedPayload(bytes: Uint8Array): Uint8Array | undefined {
  const header = signed.safeParse(parseJson(bytes)).data?.signatures[0]?.protected;
  if (header === undefined) return undefined;
  const format = protectedHeader.safeParse(parseJson(Buffer.from(header, 'base64url'))).data;
  if (format === undefined || format.formatLength > bytes.length) return undefined;
  return Buffer.concat([bytes.subarray(0, format.formatLength), Buffer.from(format.formatTail, 'base64url')]);
}
