/**
 * Who asks. The whole of it, step by step:
 *
 * 1. A request says which rights it needs (scopes). It goes out with what was learned for those rights: a token that is
 *    still good when its turn comes, or one fetched now; user and password, where the registry asked for Basic; nothing,
 *    the first time. A registry token is sent from the first request on.
 * 2. Any answer but 401 stands. 403 says that the account may not.
 * 3. A 401 carries challenges. Of those that can be met with what we have, Bearer is taken before Basic, so that the
 *    password travels to the realm and not with every request.
 * 4. Bearer: the realm must be https, unless the registry itself is http. The token asked for is good for the union of
 *    the challenge's scope and ours (distribution's challenge to a DELETE names `delete` alone, Quay's wants `push`).
 *    Requests that need the same token at the same time share one fetch.
 * 5. Asked again with it. A 401 now is either an old token (expired in the middle of a run, the service's key changed)
 *    or a missing right, since a service grants what it can and says 200: the token is dropped, a fresh one fetched, and
 *    the request sent a last time.
 * 6. Still 401: `denied`, for the token service has accepted the credentials. With Basic, `unauthorized` at once, unless
 *    the same credentials were let in before.
 *
 * Credentials go to the registry's own origin and to the realm that it names; tokens to its own origin alone.
 */
import type { Credentials } from '../credentials/index.ts';
import { explainDenial, type Asked } from './answer-errors.ts';
import { parseChallenges, type Challenge } from './challenge.ts';
import { RegistryError } from './errors.ts';
import { exchangeWithRetries, type Retried, type RetryContext } from './retry.ts';
import { mergeScopes } from './scope.ts';
import { clean, showUrl } from './text.ts';
import { basic, fetchToken, type Token, type TokenService } from './token-service.ts';
import type { Answer, Exchange, Request, Transport } from './transport.ts';

export type AuthOptions = {
  /** The registry's own, the only one that a request may go to. */
  readonly origin: string;
  readonly credentials: Credentials;
  readonly transport: Transport;
  readonly retry: RetryContext;
  readonly onSecret: (secret: string) => void;
};

export type Authenticated = Retried & {
  /** The last answer was 401 or 403, or the token service refused the right: in words. */
  readonly denial?: RegistryError;
};

export type Authenticator = {
  /** Throws RegistryError where the credentials are wrong or the token service fails. */
  ask(request: Request, scopes: readonly string[]): Promise<Authenticated>;
};

type Method =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic' }
  | { readonly kind: 'registry-token' }
  | { readonly kind: 'bearer'; readonly service: TokenService; readonly scopes: readonly string[] };

// A token is not used in its last seconds, so that it doesn't expire on its way.
const renewBeforeMs = 10_000;
// Nothing, a token for our scope, one for the challenge's too, a fresh one, Basic (Harbor asks for it then): a registry
// that challenges otherwise each time is not followed further.
const mostAsks = 5;

export function makeAuthenticator(options: AuthOptions): Authenticator {
  const tokens = new Map<string, Token>();
  const fetching = new Map<string, Promise<Token>>();
  /** By scopes, where a challenge said something else than `usual` does. */
  const learned = new Map<string, Method>();
  let usual: Method = options.credentials.kind === 'registry-token' ? { kind: 'registry-token' } : { kind: 'none' };
  let credentials = options.credentials;
  let proven = false;

  // A request that has its turn waits for it.
  const sendInPlace = (request: Request): Promise<Retried> =>
    exchangeWithRetries(() => options.transport.exchange({ ...request, outOfTurn: 'in-place' }), options.retry, {
      method: request.method,
      // Shared: one of those that wait for it may have something to finish.
      finishes: true,
    });

  const fetchShared = (service: TokenService, scopes: readonly string[]): Promise<Token> => {
    if (credentials.kind === 'registry-token') throw new Error('a registry token is no credential of a token service');
    const key = tokenKey(service, scopes);
    const running = fetching.get(key);
    if (running !== undefined) return running;
    const now = options.retry.now;
    const fetched = fetchToken(service, scopes, {
      credentials,
      proven,
      exchange: sendInPlace,
      now,
      onSecret: options.onSecret,
    })
      .then((token) => {
        proven ||= credentials.kind !== 'anonymous';
        if (credentials.kind === 'identity-token' && token.refreshToken !== undefined)
          credentials = { kind: 'identity-token', token: token.refreshToken };
        for (const [old, { expiresAtMs }] of tokens) if (expiresAtMs <= now().getTime()) tokens.delete(old);
        tokens.set(key, token);
        return token;
      })
      .finally(() => fetching.delete(key));
    fetching.set(key, fetched);
    return fetched;
  };

  const getToken = async (service: TokenService, scopes: readonly string[]): Promise<Token> => {
    const known = tokens.get(tokenKey(service, scopes));
    const good = known !== undefined && known.expiresAtMs - renewBeforeMs > options.retry.now().getTime();
    return good ? known : fetchShared(service, scopes);
  };

  /** The answer, and the token that the request went out with. Throws what the token service's failure says. */
  const sendBy = async (method: Method, request: Request): Promise<Retried & { readonly token?: Token }> => {
    let token: Token | undefined;
    // Not before its turn: a token lives for minutes, and the line may be longer.
    const headersNow = async (): Promise<Request['headers']> => {
      if (method.kind === 'bearer') token = await getToken(method.service, method.scopes);
      const authorization = authorizationFor(method, credentials, token);
      return authorization === undefined ? {} : { authorization };
    };
    const retried = await exchangeWithRetries(
      () => options.transport.exchange(request, headersNow),
      options.retry,
      request,
    );
    return { ...retried, ...(token === undefined ? {} : { token }) };
  };

  const methodFor = (scopes: readonly string[]): Method => {
    const own = learned.get(scopes.join(' '));
    if (own !== undefined) return own;
    return usual.kind === 'bearer' ? { ...usual, scopes } : usual;
  };

  const learn = (scopes: readonly string[], method: Method): void => {
    if (usual.kind === 'none') usual = method;
    if (!isSame(methodFor(scopes), method)) learned.set(scopes.join(' '), method);
  };

  // The same few for all requests to a repository.
  const merged = new Map<string, readonly string[]>();
  const scopesFor = (needed: readonly string[]): readonly string[] => {
    const key = needed.join(' ');
    const scopes = merged.get(key) ?? mergeScopes(...needed);
    merged.set(key, scopes);
    return scopes;
  };

  return {
    async ask(request, needed) {
      if (request.url.origin !== options.origin) throw new Error(`not the registry: ${showUrl(request.url)}`);
      const scopes = scopesFor(needed);
      let method = methodFor(scopes);
      let refusedTokens = 0;
      let uncertain = false;
      let last: Exchange | undefined;
      for (let asks = 1; ; asks += 1) {
        let sent: Retried & { readonly token?: Token };
        try {
          sent = await sendBy(method, request);
        } catch (error) {
          if (error instanceof RegistryError && error.kind === 'denied') return deniedByService(error, uncertain);
          // The run ends. What an earlier try may have done isn't undone by that, so its answer is not kept back.
          if (uncertain && last !== undefined && !(error instanceof RegistryError))
            return { exchange: last, uncertain };
          throw error;
        }
        uncertain ||= sent.uncertain;
        const { exchange, token } = sent;
        last = exchange;
        if (exchange.kind === 'failure') return { exchange, uncertain };
        const asked: Asked = { method: request.method, url: request.url, answer: exchange };
        if (exchange.status === 403)
          return { exchange, uncertain, denial: explainDenial(asked, 'denied', credentials.kind) };
        if (exchange.status !== 401) {
          // A registry that let these in once knows them: a later 401 is about a right.
          if (method.kind === 'basic' || method.kind === 'registry-token') proven = true;
          return { exchange, uncertain };
        }

        const challenges = parseChallenges(exchange.headers('www-authenticate'));
        const next = choose(challenges, asked, { scopes, credentials, tried: method });
        if (method.kind === 'bearer' && token !== undefined) {
          forget(tokens, tokenKey(method.service, method.scopes), token);
          // Only a token that was good for all that is asked counts as refused.
          if (next === undefined || isSame(next, method)) refusedTokens += 1;
        }
        const again = next ?? (method.kind === 'bearer' ? method : undefined);
        const exhausted =
          asks >= mostAsks ||
          refusedTokens >= 2 ||
          (again !== undefined && again.kind !== 'bearer' && isSame(again, method));
        if (again === undefined || exhausted) {
          const known = proven || (token !== undefined && credentials.kind !== 'anonymous');
          const insufficient = challenges.some((one) => one.parameters.get('error') === 'insufficient_scope');
          const verdict = known || (insufficient && credentials.kind !== 'anonymous') ? 'denied' : 'unauthorized';
          return { exchange, uncertain, denial: explainDenial(asked, verdict, credentials.kind) };
        }
        method = again;
        learn(scopes, method);
      }
    },
  };
}

// The token service's refusal stands for the registry's answer: the account is known there, and may not.
function deniedByService(denial: RegistryError, uncertain: boolean): Authenticated {
  const none: Answer = {
    kind: 'answer',
    status: denial.status ?? 403,
    bytes: new Uint8Array(),
    header: () => undefined,
    headers: () => [],
  };
  return { exchange: none, uncertain, denial };
}

function authorizationFor(method: Method, credentials: Credentials, token: Token | undefined): string | undefined {
  if (token !== undefined) return `Bearer ${token.value}`;
  if (method.kind === 'registry-token' && credentials.kind === 'registry-token') return `Bearer ${credentials.token}`;
  if (method.kind === 'basic' && credentials.kind === 'basic') return basic(credentials.username, credentials.password);
  return undefined;
}

/** The way to meet the challenges; `undefined` if there is none. Throws for a realm that must not be trusted. */
function choose(
  challenges: readonly Challenge[],
  asked: Asked,
  have: { readonly scopes: readonly string[]; readonly credentials: Credentials; readonly tried: Method },
): Method | undefined {
  if (have.credentials.kind === 'registry-token') return undefined;
  const bearer = challenges.find((one) => one.scheme === 'bearer' && one.parameters.has('realm'));
  if (bearer !== undefined) {
    const scopes = mergeScopes(...have.scopes, bearer.parameters.get('scope') ?? '');
    const service = { realm: parseRealm(bearer, asked), service: bearer.parameters.get('service') };
    return { kind: 'bearer', service, scopes };
  }
  const wantsBasic = challenges.some((one) => one.scheme === 'basic');
  return wantsBasic && have.credentials.kind === 'basic' ? { kind: 'basic' } : undefined;
}

function parseRealm(challenge: Challenge, { method, url, answer }: Asked): URL {
  const text = challenge.parameters.get('realm') ?? '';
  const fail = (what: string, wayOut: string): RegistryError =>
    new RegistryError({ kind: 'protocol', what, wayOut, method, url: showUrl(url), status: answer.status });
  const realm = URL.canParse(text) ? new URL(text) : undefined;
  const spoken = realm !== undefined && ['http:', 'https:'].includes(realm.protocol);
  if (!spoken || realm.username !== '' || realm.password !== '')
    throw fail(
      `The registry names a token service that is no web address: “${clean(text)}”`,
      "Correct the realm in the registry's configuration (auth.token.realm): an absolute https URL.",
    );
  if (realm.protocol === 'http:' && url.protocol === 'https:')
    throw fail(
      `The registry sends credentials to a token service over plain HTTP (${clean(showUrl(realm))}), which is refused`,
      "Give the realm in the registry's configuration (auth.token.realm) as https.",
    );
  realm.hash = '';
  return realm;
}

function tokenKey(service: TokenService, scopes: readonly string[]): string {
  return JSON.stringify([service.realm.href, service.service, scopes]);
}

function isSame(a: Method, b: Method): boolean {
  if (a.kind === 'bearer' && b.kind === 'bearer')
    return tokenKey(a.service, a.scopes) === tokenKey(b.service, b.scopes);
  return a.kind === b.kind;
}

// Unless somebody has put a newer one there.
function forget(tokens: Map<string, Token>, key: string, token: Token): void {
  if (tokens.get(key) === token) tokens.delete(key);
}
