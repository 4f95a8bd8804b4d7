/**
 * One answer of undici, from its headers to its last byte. Its dispatch interface, and not `request()`: that makes a
 * stream, an iterator and a listener for each answer, which is most of what reading a manifest costs.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { startDigest, type DigestAlgorithm } from './digest.ts';
import type { Digest } from '../model/index.ts';

export type Received = {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Without what was beyond the limit; empty where it was hashed. */
  readonly bytes: Uint8Array;
  /** Whether the limit was kept. */
  readonly whole: boolean;
  readonly hashed?: { readonly size: number; readonly digest: Digest };
};

export type Reading = {
  /** Bytes of the body, by the status. */
  readonly limit: (status: number) => number;
  /** The body of a 200 is counted and hashed, and not kept. */
  readonly hash?: DigestAlgorithm | undefined;
  /** The headers are there. */
  readonly onHeaders: () => void;
};

type Controller = Dispatcher.DispatchController;

/** Those under way, so that one signal ends them all without a listener for each. */
export class Receiver {
  readonly #signal: AbortSignal;
  readonly #underWay = new Set<Controller>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => {
      for (const controller of this.#underWay) controller.abort(this.#reason());
    });
  }

  /** Rejects with what undici says, and with the signal's reason. */
  receive(
    dispatcher: Dispatcher,
    options: Dispatcher.DispatchOptions,
    { limit, hash, onHeaders }: Reading,
  ): Promise<Received> {
    return new Promise((resolve, reject) => {
      let answer: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly most: number } | undefined;
      let hashing: ReturnType<typeof startDigest> | undefined;
      const pieces: Buffer[] = [];
      let length = 0;
      let begun: Controller | undefined;
      const end = (): void => {
        if (begun !== undefined) this.#underWay.delete(begun);
      };
      const done = (whole: boolean): void => {
        end();
        if (answer === undefined) return;
        const { status, headers, most } = answer;
        // A copy: what undici hands over is a view of all that was read from the socket with it, 64 KiB.
        const bytes = Buffer.concat(pieces);
        resolve({
          ...{ status, headers, whole },
          bytes: whole ? bytes : bytes.subarray(0, most),
          ...(hashing === undefined ? {} : { hashed: { size: length, digest: hashing.end() } }),
        });
      };
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: (controller) => {
          // Once more where a connection was lost before anything was sent.
          end();
          begun = controller;
          this.#underWay.add(controller);
          if (this.#signal.aborted) controller.abort(this.#reason());
        },
        onResponseStart(_, status, headers) {
          // 100 Continue, 103 Early Hints: the answer is still to come.
          if (status < 200) return;
          if (status === 200 && hash !== undefined) hashing = startDigest(hash);
          answer = { status, headers, most: limit(status) };
          onHeaders();
        },
        onResponseData(controller, piece) {
          length += piece.length;
          if (hashing !== undefined) {
            hashing.update(piece);
            return;
          }
          pieces.push(piece);
          if (answer === undefined || length <= answer.most) return;
          done(false);
          controller.abort(new Error('The body is longer than its limit.'));
        },
        onResponseEnd: () => {
          done(true);
        },
        onResponseError: (_, error) => {
          end();
          reject(error);
        },
      };
      try {
        dispatcher.dispatch(options, handler);
      } catch (error) {
        end();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #reason(): Error {
    const { reason } = this.#signal as { readonly reason: unknown };
    return reason instanceof Error ? reason : new Error(String(reason));
  }
}
