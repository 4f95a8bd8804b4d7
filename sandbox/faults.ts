/**
 * What goes wrong between a client and a registry, on the wire. `sandbox/relay.ts` does it to requests that pass through
 * it, so that it can be had in front of any registry.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './registry/options.ts';
import { write, writeHead, writePart } from './registry/wire.ts';

/** `before`: the registry never hears of the request. `after`: it has carried it out, and its answer is lost. */
export type Moment = 'before' | 'after';

export type Fault =
  /** The connection is reset. */
  | { readonly kind: 'reset'; readonly moment: Moment }
  /** Nothing more comes, until the client has enough. `midway`: after headers and half of the body. */
  | { readonly kind: 'stall'; readonly moment: Moment | 'midway' }
  /** Headers with the full length and half of the body, then the connection is closed; without a body, at once. */
  | { readonly kind: 'truncate' }
  | { readonly kind: 'delay'; readonly ms: number }
  /** The registry gets it twice, as from a proxy that tries again; the second answer is passed on. */
  | { readonly kind: 'duplicate' }
  /** Another answer in the place of the registry's: an error, a web page. */
  | { readonly kind: 'answer'; readonly moment: Moment; readonly answer: Answer }
  /** The token that the request carries is refused from now on; one without is let pass. */
  | { readonly kind: 'expire' }
  /** Sent on to another origin, with path and query. */
  | { readonly kind: 'redirect'; readonly status: 301 | 302 | 303 | 307 | 308; readonly to: string }
  /** Content-Length says so many bytes more than there are, or fewer (below 0). */
  | { readonly kind: 'length'; readonly by: number }
  /** An error whose words repeat the credentials that came with the request. */
  | { readonly kind: 'echo'; readonly status: number }
  /** A header of the answer says something else: `Link`, `Location`. */
  | { readonly kind: 'header'; readonly name: string; readonly value: string };

/** One request on its way through. */
export type Passage = {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  /** Asks the registry, each time it is called. */
  readonly ask: () => Promise<Answer>;
  readonly expire: (token: string) => unknown;
  readonly to: ServerResponse;
};

/** Writes the answer as it is; answers its status, if a whole one was written. */
export async function passOn(answer: Answer, method: string, to: ServerResponse): Promise<number | undefined> {
  return (await write(answer, method, to)) ? answer.status : undefined;
}

/**
 * Does it, and answers the status, if a whole answer was written. Resolves when nothing more is written: after a stall,
 * when the client has closed the connection.
 */
export async function doFault(fault: Fault, passage: Passage): Promise<number | undefined> {
  const { method, path, authorization, ask, expire, to } = passage;
  switch (fault.kind) {
    case 'reset':
      if (fault.moment === 'after') await ask();
      to.socket?.resetAndDestroy();
      return undefined;
    case 'stall': {
      const answer = fault.moment === 'before' ? undefined : await ask();
      if (fault.moment === 'midway' && answer !== undefined) await writeHalf(answer, method, to);
      await closed(to);
      return undefined;
    }
    case 'truncate':
      await writeHalf(await ask(), method, to);
      to.destroy();
      return undefined;
    case 'delay':
      await sleep(fault.ms);
      return passOn(await ask(), method, to);
    case 'duplicate':
      await ask();
      return passOn(await ask(), method, to);
    case 'answer':
      if (fault.moment === 'after') await ask();
      return passOn(fault.answer, method, to);
    case 'expire':
      expire(tokenOf(authorization) ?? '');
      return passOn(await ask(), method, to);
    case 'echo': {
      const error = { code: 'UNKNOWN', message: `cannot digest ${authorization ?? 'this'}` };
      const headers = { 'content-type': 'application/json' };
      return passOn({ status: fault.status, headers, body: JSON.stringify({ errors: [error] }) }, method, to);
    }
    case 'redirect':
      return passOn({ status: fault.status, headers: { location: `${fault.to}${path}` } }, method, to);
    case 'length':
      return lieAboutLength(await ask(), fault.by, { method, to });
    case 'header': {
      const answer = await ask();
      return passOn({ ...answer, headers: { ...answer.headers, [fault.name]: fault.value } }, method, to);
    }
  }
}

type Writing = Pick<Passage, 'method' | 'to'>;

async function lieAboutLength(answer: Answer, by: number, { method, to }: Writing): Promise<number | undefined> {
  const length = String(Math.max(0, Buffer.from(answer.body ?? '').length + by));
  const lying = { ...answer, headers: { ...answer.headers, 'content-length': length } };
  // Nothing follows the headers of these, so that a lie has no end to be seen by.
  if (method === 'HEAD' || answer.status === 204 || answer.status === 304) return passOn(lying, method, to);
  // One piece, so that what is too much comes together with the rest.
  await writePart(writeHead(lying, to), to);
  to.destroy();
  return undefined;
}

/** Of `Authorization: Bearer`. */
export function tokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
}

async function writeHalf(answer: Answer, method: string, to: ServerResponse): Promise<void> {
  const length = method === 'HEAD' ? 0 : Buffer.byteLength(Buffer.from(answer.body ?? ''));
  if (length === 0) return;
  const body = writeHead(answer, to);
  await writePart(body.subarray(0, Math.floor(length / 2)), to);
}

async function closed(to: ServerResponse): Promise<void> {
  if (to.closed || to.destroyed) return;
  await new Promise<void>((resolve) => {
    to.once('close', resolve);
  });
}
