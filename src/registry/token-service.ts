/**
 * A registry's token service (distribution, docs/spec/auth: "Token Authentication" and "OAuth2"), which trades
 * credentials for access tokens.
 */
import { z } from 'zod';
import type { Credentials } from '../credentials/index.ts';
import { explainAnswer, explainDenial, explainNonsense, isHtml, parseJson, type Asked } from './answer-errors.ts';
import { answerOf, type Request } from './transport.ts';
import type { Retried } from './retry.ts';

export type TokenService = { readonly realm: URL; readonly service: string | undefined };

export type Token = {
  readonly value: string;
  /** Milliseconds since the epoch, by our clock. */
  readonly expiresAtMs: number;
  /** A newer identity token that came along. */
  readonly refreshToken?: string;
};

export type TokenContext = {
  readonly credentials: Exclude<Credentials, { readonly kind: 'registry-token' }>;
  /** The credentials were accepted before: then a refusal is about the right asked for. */
  readonly proven: boolean;
  readonly exchange: (request: Request) => Promise<Retried>;
  readonly now: () => Date;
  readonly onSecret: (secret: string) => void;
};

const tokenBytes = 1024 * 1024;
const tokenTimeoutMs = 60_000;
// "If omitted, this defaults to 60 seconds […] a token should never be returned with less than 60 seconds to live."
const shortestLifeSeconds = 60;

const tokenBody = z.object({
  token: z.string().nullish(),
  access_token: z.string().nullish(),
  refresh_token: z.string().nullish(),
  expires_in: z.coerce.number().nullish().catch(undefined),
});
// What a header can carry; anything else in it would be somebody's attempt at a header of their own.
const headerToken = /^[\x21-\x7e]+$/;

/**
 * Fetches a token. Throws RegistryError: `unauthorized` where the credentials are refused, `denied` where they were
 * accepted before.
 */
export async function fetchToken(
  service: TokenService,
  scopes: readonly string[],
  context: TokenContext,
): Promise<Token> {
  const get = getRequest(service, scopes, context.credentials);
  const post = postRequest(service, scopes, context.credentials);
  // An identity token is made for POST, a password for GET; each service has at least one of them.
  const requests = context.credentials.kind === 'identity-token' ? [post, get] : [get, post];
  for (const [index, request] of requests.entries()) {
    if (request === undefined) continue;
    const answer = answerOf((await context.exchange(request)).exchange);
    const elsewhere = requests[index + 1] !== undefined && (answer.status === 404 || answer.status === 405);
    if (!elsewhere) return read({ method: request.method, url: request.url, answer }, context);
  }
  throw new Error('no way to ask a token service');
}

function getRequest({ realm, service }: TokenService, scopes: readonly string[], credentials: Credentials): Request {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.append('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  // As containerd does where a service knows no POST: the identity token is the password of a user without a name.
  const login =
    credentials.kind === 'basic'
      ? basic(credentials.username, credentials.password)
      : credentials.kind === 'identity-token'
        ? basic('', credentials.token)
        : undefined;
  return {
    method: 'GET',
    url,
    headers: { accept: 'application/json', ...(login === undefined ? {} : { authorization: login }) },
    maxBytes: tokenBytes,
    timeoutMs: tokenTimeoutMs,
  };
}

function postRequest(
  { realm, service }: TokenService,
  scopes: readonly string[],
  credentials: Credentials,
): Request | undefined {
  const form = new URLSearchParams({ client_id: 'registry-prune' });
  if (credentials.kind === 'identity-token') {
    form.set('grant_type', 'refresh_token');
    form.set('refresh_token', credentials.token);
  } else if (credentials.kind === 'basic') {
    form.set('grant_type', 'password');
    form.set('username', credentials.username);
    form.set('password', credentials.password);
  } else return undefined;
  if (service !== undefined) form.set('service', service);
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  return {
    method: 'POST',
    url: realm,
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
    maxBytes: tokenBytes,
    timeoutMs: tokenTimeoutMs,
  };
}

function read(asked: Asked, context: TokenContext): Token {
  const { answer, method } = asked;
  // RFC 6749, section 5.2: a refused grant is 400.
  const refused = answer.status === 401 || answer.status === 403 || (method === 'POST' && answer.status === 400);
  if (refused) {
    const denied = context.proven && answer.status === 403;
    throw explainDenial(asked, denied ? 'denied' : 'unauthorized', context.credentials.kind);
  }
  if (answer.status !== 200) throw explainAnswer(asked);
  const body = tokenBody.safeParse(parseJson(answer.bytes)).data;
  const value = body?.token ?? body?.access_token ?? '';
  if (body === undefined || !headerToken.test(value))
    throw explainNonsense(
      asked,
      `The token service answers ${isHtml(answer) ? 'a web page' : 'something'} instead of a token`,
    );
  context.onSecret(value);
  const refreshToken = body.refresh_token ?? '';
  if (refreshToken !== '') context.onSecret(refreshToken);
  const lifeSeconds = Math.max(shortestLifeSeconds, body.expires_in ?? 0);
  return {
    value,
    // By our clock alone: the service's `issued_at` may be by another.
    expiresAtMs: context.now().getTime() + lifeSeconds * 1000,
    ...(refreshToken === '' ? {} : { refreshToken }),
  };
}

/** RFC 7617, in UTF-8. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}
