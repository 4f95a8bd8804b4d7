/** One request to GitHub and what came of it. Nothing is thrown, nothing asked twice, no redirect followed. */
import type { getOctokit } from '@actions/github';
import { z } from 'zod';
import type { GitHubOptions } from './github.ts';
import { showUrl } from './question.ts';

export type Octokit = ReturnType<typeof getOctokit>;

export type Exchange =
  /** `lasting`: asking again won't help. `why`: without secrets. */
  | { readonly kind: 'failure'; readonly why: string; readonly lasting: boolean }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly header: (name: string) => string | undefined;
      /** Of a success. */
      readonly body: string;
      /** Of a refusal: GitHub's sentence, without secrets. */
      readonly message: string;
    };

// REST's version of 2022-11-28: what GitHub serves by default, and GitHub Enterprise Server since 3.9 (earlier ones
// don't look at the header).
const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' } as const;

const defaultTimeoutMs = 60_000;

// A page of a hundred pull requests with the longest texts that GitHub takes (64 KiB each), several times over.
const longestBody = 64 * 1024 * 1024;

type Answered = { readonly status: number; readonly headers: unknown; readonly data: unknown };

const headerValues = z.record(z.string(), z.unknown());
const refusalBody = z.object({ message: z.string() });
// Octokit's RequestError, by its shape: two copies of the class may be in a bundle.
const requestError = z.object({
  status: z.number(),
  response: z.object({ status: z.number(), headers: headerValues, data: z.unknown() }).optional(),
});

export function openExchange(context: {
  readonly octokit: Octokit;
  readonly token: string;
  readonly fetch: typeof fetch | undefined;
  readonly options: GitHubOptions;
}): (url: URL, etag: string | undefined) => Promise<Exchange> {
  const { octokit, token, options } = context;
  const withoutToken = (text: string): string => text.replaceAll(token, '***');

  const send = async (url: URL, etag: string | undefined): Promise<Exchange> => {
    const request = {
      redirect: 'manual',
      // The body as it comes: Octokit takes one that breaks off for an empty one.
      parseSuccessResponseBody: false,
      signal: AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs),
      ...(context.fetch && { fetch: context.fetch }),
    } as const;
    try {
      const answered: Answered = await octokit.request({
        method: 'GET',
        url: url.href,
        headers: { ...headers, ...(etag !== undefined && { 'if-none-match': etag }) },
        request,
      });
      // A redirect's body too: what is not read holds its connection.
      return makeAnswer(answered, { body: await readBody(answered.data), message: '' });
    } catch (error) {
      const response = requestError.safeParse(error).data?.response;
      if (response === undefined) return explain(error, withoutToken);
      const message = refusalBody.safeParse(response.data).data?.message ?? '';
      return makeAnswer(response, { body: '', message: withoutToken(message) });
    }
  };

  return async (url, etag) => {
    const begun = options.now().getTime();
    const exchange = await send(url, etag);
    options.onRequest?.({
      method: 'GET',
      path: showUrl(url),
      status: exchange.kind === 'answer' ? exchange.status : undefined,
      durationMs: options.now().getTime() - begun,
    });
    return exchange;
  };
}

function makeAnswer(
  answered: Omit<Answered, 'data'>,
  content: { readonly body: string; readonly message: string },
): Exchange {
  const values = headerValues.safeParse(answered.headers).data ?? {};
  const header = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' || typeof value === 'number' ? value.toString() : undefined;
  };
  return { kind: 'answer', status: answered.status, header, ...content };
}

async function readBody(data: unknown): Promise<string> {
  // Empty (204), or a stream of bytes.
  if (typeof data !== 'object' || data === null || !(Symbol.asyncIterator in data)) return '';
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of data as AsyncIterable<Uint8Array>) {
    pieces.push(piece);
    length += piece.length;
    if (length > longestBody) throw new TooLong(`the answer is longer than ${longestBody} bytes`);
  }
  return Buffer.concat(pieces).toString('utf8');
}

class TooLong extends Error {}

// What a wrong or unknown certificate is called by Node's TLS.
const certificate = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_VERIFY/;

function explain(error: unknown, withoutToken: (text: string) => string): Exchange {
  const chain = causes(error);
  const codes = chain.flatMap(({ code }) => (typeof code === 'string' ? [code] : []));
  // The innermost says most: around it stand 'fetch failed' and 'Unknown Error'.
  const said = chain.map(({ message }) => message).findLast((message) => typeof message === 'string' && message !== '');
  const why = [typeof said === 'string' ? said : 'no answer', ...new Set(codes)].join(', ');
  const lasting = error instanceof TooLong || codes.some((code) => certificate.test(code));
  return { kind: 'failure', why: withoutToken(why), lasting };
}

/** The error, and what it was caused by. */
function causes(error: unknown): readonly { readonly code?: unknown; readonly message?: unknown }[] {
  const chain: { readonly code?: unknown; readonly message?: unknown }[] = [];
  let current = error;
  while (typeof current === 'object' && current !== null && chain.length < 5) {
    chain.push(current);
    current = 'cause' in current ? current.cause : undefined;
  }
  return chain;
}
