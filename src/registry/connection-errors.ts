/** Requests that got no answer: what the system's codes mean, whether to ask again, and what to do about it. */
import { RegistryError, type RegistryErrorKind } from './errors.ts';
import { clean, showUrl } from './text.ts';

export type Failure = {
  readonly kind: 'failure';
  readonly error: RegistryError;
  /** Asking again may help. */
  readonly transient: boolean;
  /** The registry may have got the request and done what it said. */
  readonly mayBeDone: boolean;
  /** An answer began: it ended too early, or was longer than such an answer may be. */
  readonly during: 'connection' | 'request' | 'answer';
};

export type FailureContext = {
  readonly method: string;
  readonly url: URL;
  /** An answer came from this origin before: then a refused connection is a restart, not a typing error. */
  readonly reached: boolean;
  /** The status and headers of this request's answer had come. */
  readonly answered: boolean;
  /** The variable that named the proxy it went through. */
  readonly proxy?: string | undefined;
};

type Explanation = {
  readonly kind: RegistryErrorKind;
  readonly what: string;
  readonly wayOut: string;
  readonly transient: boolean;
  readonly during: Failure['during'];
};

export function explainFailure(error: unknown, context: FailureContext): Failure {
  const codes = codesOf(error);
  const explanation = explain(codes, context, messageOf(error));
  const through = context.proxy === undefined ? '' : ` through the proxy of ${context.proxy}`;
  return {
    kind: 'failure',
    transient: explanation.transient,
    during: explanation.during,
    mayBeDone: explanation.during !== 'connection',
    error: new RegistryError({
      kind: explanation.kind,
      what: explanation.what + through,
      wayOut: explanation.wayOut,
      method: context.method,
      url: showUrl(context.url),
      cause: error,
    }),
  };
}

/** An answer longer than it may be: nothing that asking again would mend. */
export function explainTooLong(context: { readonly method: string; readonly url: URL }, maxBytes: number): Failure {
  return {
    kind: 'failure',
    transient: false,
    during: 'answer',
    mayBeDone: true,
    error: new RegistryError({
      kind: 'protocol',
      what: `The answer is longer than the ${maxBytes} bytes that such an answer may have`,
      wayOut: 'Look at what the registry, or a proxy before it, answers there.',
      method: context.method,
      url: showUrl(context.url),
    }),
  };
}

// Of the error, of what it was caused by, and of each address that was tried. undici's parser leaves some of its errors
// without a code: their name stands for it.
function codesOf(error: unknown, depth = 0): readonly string[] {
  if (typeof error !== 'object' || error === null || depth > 4) return [];
  const { code, name, cause, errors } = error as { code?: unknown; name?: unknown; cause?: unknown; errors?: unknown };
  const unnamed = name === 'HTTPParserError' ? ['HPE_'] : [];
  const inner = Array.isArray(errors) ? errors.flatMap((one: unknown) => codesOf(one, depth + 1)) : [];
  return [...(typeof code === 'string' ? [code] : unnamed), ...inner, ...codesOf(cause, depth + 1)];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? clean(error.message) : 'unknown error';
}

const untrusted = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
]);
const timeouts = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
]);
const dropped = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET', 'UND_ERR_INFO']);

function explain(codes: readonly string[], context: FailureContext, message: string): Explanation {
  const { url, reached, answered } = context;
  const has = (code: string): boolean => codes.includes(code);
  const secure = url.protocol === 'https:';
  const host = clean(url.host);
  const unreachable = { kind: 'unreachable', during: 'connection' } as const;
  const tls = { kind: 'tls', during: 'connection', transient: false } as const;
  const during = answered ? 'answer' : 'request';

  if (has('ENOTFOUND') || has('EAI_AGAIN'))
    return {
      ...unreachable,
      transient: reached || has('EAI_AGAIN'),
      what: `The name ${clean(url.hostname)} doesn't resolve`,
      wayOut: 'Check the spelling of registry, and that this machine can resolve the name (VPN, private DNS).',
    };
  if (has('ECONNREFUSED'))
    return {
      ...unreachable,
      transient: reached,
      what: `${host} refuses the connection`,
      wayOut: `Check that the registry is running, and the port in registry: ${secure ? 'https means 443' : 'http means 80'} where none is written.`,
    };
  if (has('ENETUNREACH') || has('EHOSTUNREACH') || has('EADDRNOTAVAIL'))
    return {
      ...unreachable,
      transient: true,
      what: `There is no route to ${host}`,
      wayOut: 'Check that this machine is in a network that reaches the registry (VPN, firewall).',
    };
  if (has('ERR_TLS_CERT_ALTNAME_INVALID'))
    return {
      ...tls,
      what: `The certificate of ${host} is made out to other names`,
      wayOut:
        'Write registry with a name that its certificate holds, or give the registry a certificate for this name.',
    };
  if (has('CERT_HAS_EXPIRED') || has('CERT_NOT_YET_VALID'))
    return {
      ...tls,
      what: `The certificate of ${host} ${has('CERT_HAS_EXPIRED') ? 'has expired' : 'is not valid yet'}`,
      wayOut: `Renew the registry's certificate, check this machine's clock, or, if it is the authority's, give the new one as ca-certificate.`,
    };
  if (codes.some((code) => untrusted.has(code)))
    return {
      ...tls,
      what: has('DEPTH_ZERO_SELF_SIGNED_CERT')
        ? `The certificate of ${host} is self-signed and not trusted`
        : `The certificate of ${host} is signed by an authority that isn't trusted`,
      wayOut: `Give the PEM text of ${has('DEPTH_ZERO_SELF_SIGNED_CERT') ? 'that certificate' : "that authority's certificate"}, or a path to it, as ca-certificate (tls-verify: false only where nobody else is on the line).`,
    };
  if (secure && ['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_HTTP_REQUEST'].some(has))
    return {
      ...tls,
      what: `${host} speaks plain HTTP, not https`,
      wayOut: `Write it with its scheme: registry: http://${host}${url.pathname.replace(/\/v2\/.*$/, '')}`,
    };
  if (codes.some((code) => code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') || code === 'EPROTO'))
    return {
      ...tls,
      what: `${host} and this program can't agree on a TLS connection: ${message}`,
      wayOut:
        'Check that the port speaks https, with TLS 1.2 or newer; a registry that asks for client certificates is not supported.',
    };
  if (codes.some((code) => code.startsWith('HPE_')))
    return {
      kind: 'protocol',
      during,
      transient: false,
      what: `${host} doesn't answer in HTTP`,
      wayOut: secure ? 'Check host and port in registry.' : `If it speaks https, write registry: https://${host}`,
    };
  if (has('UND_ERR_RES_CONTENT_LENGTH_MISMATCH') || (answered && codes.some((code) => dropped.has(code))))
    return {
      kind: 'protocol',
      during: 'answer',
      transient: true,
      what: 'The answer was cut before its end',
      wayOut: "Look at the registry's log, and at that of a proxy before it.",
    };
  if (codes.some((code) => timeouts.has(code)))
    return {
      kind: 'unreachable',
      during: has('UND_ERR_CONNECT_TIMEOUT') || has('ETIMEDOUT') ? 'connection' : during,
      transient: true,
      what: `${host} didn't answer in time`,
      wayOut: 'Check that the registry is up and reachable from here; lower concurrency if it is under load.',
    };
  if (codes.some((code) => dropped.has(code)))
    return {
      kind: 'unreachable',
      during,
      transient: true,
      what: `${host} closed the connection without an answer`,
      wayOut:
        reached || secure
          ? "Look at the registry's log, and at that of a proxy before it."
          : `If it speaks https, write registry: https://${host}`,
    };
  return {
    kind: 'unreachable',
    during,
    transient: false,
    what: `The request to ${host} failed: ${message}`,
    wayOut:
      context.proxy === undefined
        ? 'Check that the registry is up and reachable from here.'
        : `Check ${context.proxy}, or name the host in NO_PROXY.`,
  };
}
