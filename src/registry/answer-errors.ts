/** Answers that are no success, in words: what it means and what to do about it. */
import { z } from 'zod';
import type { Credentials } from '../credentials/index.ts';
import { RegistryError, type RegistryErrorKind } from './errors.ts';
import { clean, showUrl } from './text.ts';
import type { Answer, Method } from './transport.ts';

export type Asked = { readonly method: Method; readonly url: URL; readonly answer: Answer };

const errorsBody = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().nullish() })),
});

export type Said = {
  /** The registry's own codes (`NAME_UNKNOWN`), cleaned, each once. */
  readonly codes: readonly string[];
  /** Its first message, cleaned, or ''. */
  readonly message: string;
};

/** What an error's body says as the distribution spec has it ("Error Codes"); nothing where it is no such body. */
export function parseErrors(answer: Answer): Said {
  const errors = errorsBody.safeParse(parseJson(answer.bytes)).data?.errors ?? [];
  return {
    codes: [...new Set(errors.map((error) => clean(error.code).slice(0, 64)))]
      .filter((code) => code !== '')
      .slice(0, 8),
    message: clean(errors[0]?.message ?? ''),
  };
}

/** The value of JSON text in UTF-8; `undefined`, which no JSON text is, for anything else. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** The type alone, lower case, without its parameters; '' for none. */
export function contentType(answer: Answer): string {
  return (answer.header('content-type') ?? '').split(';', 1).join('').trim().toLowerCase();
}

export function isHtml(answer: Answer): boolean {
  return contentType(answer) === 'text/html' || contentType(answer) === 'application/xhtml+xml';
}

/** The read-only mode of distribution: 405 in plain text, with an `Allow` that has no word for a write. */
export function isReadOnly(answer: Answer): boolean {
  const allow = answer.headers('allow').flatMap((value) => value.toUpperCase().split(/[\s,]+/));
  const reads = allow.length > 0 && allow.every((method) => ['', 'GET', 'HEAD', 'OPTIONS'].includes(method));
  return answer.status === 405 && reads && parseErrors(answer).codes.length === 0;
}

type Words = { readonly kind: RegistryErrorKind; readonly what: string; readonly wayOut: string };

export function explainAnswer(asked: Asked): RegistryError {
  const said = parseErrors(asked.answer);
  const words = wordsFor(asked, said);
  const quoted = said.message === '' ? '' : `: “${said.message}”`;
  return makeError(asked, { ...words, what: words.what + quoted });
}

/** The answer can be had, and isn't what a registry answers. */
export function explainNonsense(asked: Asked, what: string): RegistryError {
  return makeError(asked, {
    kind: 'protocol',
    what,
    wayOut: 'Check that registry names a container registry, and look at what a proxy before it answers there.',
  });
}

/** 401 to the end, or 403. `denied`: whoever asks is known, and may not. */
export function explainDenial(
  asked: Asked,
  verdict: 'unauthorized' | 'denied',
  credentials: Credentials['kind'],
): RegistryError {
  const { message } = parseErrors(asked.answer);
  const quoted = message === '' ? '' : `: “${message}”`;
  if (verdict === 'denied')
    return makeError(asked, {
      kind: 'denied',
      what: `This account has no right to ${deedOf(asked.method)} here${quoted}`,
      wayOut:
        credentials === 'anonymous'
          ? 'Set username and password of an account that may, or log in with docker/login-action before this step.'
          : asked.url.pathname.endsWith('/v2/_catalog')
            ? 'Give the account the right to read the catalog (registry:catalog:*), or name the repositories without globs.'
            : `Give the account the right to ${asked.method === 'GET' || asked.method === 'HEAD' ? 'pull from' : 'pull, push and delete in'} this repository.`,
    });
  const words: Readonly<Record<Credentials['kind'], readonly [string, string]>> = {
    anonymous: [
      'The registry lets nobody in without an account',
      'Set username and password, or log in with docker/login-action before this step.',
    ],
    basic: [
      "The registry doesn't accept this username and password",
      'Check username and password; where the account signs in with a second factor, its password is an access token.',
    ],
    'identity-token': [
      "The registry doesn't accept the identity token of Docker's configuration",
      'Log in again (docker login), or set username and password.',
    ],
    'registry-token': [
      "The registry doesn't accept the registry token of Docker's configuration",
      'It may have expired: log in again (docker login), or set username and password.',
    ],
  };
  const [what, wayOut] = words[credentials];
  return makeError(asked, { kind: 'unauthorized', what: what + quoted, wayOut });
}

function makeError({ method, url, answer }: Asked, words: Words): RegistryError {
  const { status } = answer;
  return new RegistryError({ ...words, method, url: showUrl(url), status, codes: parseErrors(answer).codes });
}

function deedOf(method: Method): string {
  return { GET: 'read', HEAD: 'read', DELETE: 'delete', PUT: 'push', POST: 'push' }[method];
}

function wordsFor({ method, url, answer }: Asked, said: Said): Words {
  const { status } = answer;
  const says = (code: string): boolean => said.codes.includes(code);
  const text = new TextDecoder().decode(answer.bytes.subarray(0, 1024));

  if (isReadOnly(answer))
    return {
      kind: 'unsupported',
      what: 'The registry is in read-only mode',
      wayOut:
        'End it in its configuration (storage.maintenance.readonly.enabled: false, or REGISTRY_STORAGE_MAINTENANCE_READONLY={"enabled":false}) and restart it.',
    };
  if (method === 'DELETE' && status === 405)
    return {
      kind: 'unsupported',
      what: 'Deletes are disabled in this registry',
      wayOut:
        'Set REGISTRY_STORAGE_DELETE_ENABLED=true (storage.delete.enabled in its configuration) and restart it. If it is a pull-through cache, it never deletes: name the registry that it mirrors.',
    };
  if (method === 'DELETE' && status === 400 && (says('DIGEST_INVALID') || says('UNSUPPORTED')))
    return {
      kind: 'unsupported',
      what: "This registry doesn't delete by tag",
      wayOut: 'Delete by digest, or update the registry: distribution deletes by tag since 3.0.',
    };
  if (status === 400 && url.protocol === 'http:' && /https (?:server|port)/i.test(text))
    return {
      kind: 'protocol',
      what: `${clean(url.host)} speaks https, not plain HTTP`,
      wayOut: `Write registry: https://${clean(url.host)}`,
    };
  if (status >= 300 && status < 400) return wordsForRedirect(url, answer);
  if (status === 404)
    return {
      kind: 'not-found',
      what: isHtml(answer) ? 'A web page says that there is nothing' : 'There is nothing there',
      wayOut: 'Check registry, with its path prefix if it has one, and the name of the repository.',
    };
  if (status === 429)
    return {
      kind: 'rate-limited',
      what: 'The registry asks for fewer requests, and still does after the retries',
      wayOut: 'Run it later, or lower concurrency.',
    };
  if (status === 405 || status === 501)
    return {
      kind: 'unsupported',
      what: `The registry doesn't support ${method} there`,
      wayOut: 'Check that registry names a container registry that implements the distribution API (v2).',
    };
  if (status >= 500 || status === 408)
    return {
      kind: 'server',
      what: 'The registry, or a proxy before it, failed',
      wayOut: "Look at the registry's log; run it again when it is well.",
    };
  return {
    kind: 'protocol',
    what: 'The registry refuses the request',
    wayOut: "Look at the registry's log for this request.",
  };
}

function wordsForRedirect(url: URL, answer: Answer): Words {
  const to = answer.header('location');
  const target = to !== undefined && URL.canParse(to, url.href) ? new URL(to, url.href) : undefined;
  return {
    kind: 'protocol',
    what: `It is answered with a redirect${target === undefined ? '' : ` to ${clean(showUrl(target))}`}, which isn't followed with credentials`,
    wayOut: 'If the registry has moved, write its new address as registry.',
  };
}
