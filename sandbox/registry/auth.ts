/** sandbox/registry/: who may do what. Basic as distribution's htpasswd does it, tokens as its token specification. */
import { failure, json, methodNotAllowed } from './answers.ts';
import type { Action, Answer, Rights, SandboxAuth, SandboxUser } from './options.ts';
import type { Access } from './route.ts';

const service = 'sandbox';
const everything: Rights = { '*': ['pull', 'push', 'delete'] };

type Token = { readonly access: readonly Access[]; readonly until: number };

/** Decides on requests, and gives out tokens. */
export class Guard {
  readonly #auth: SandboxAuth;
  readonly #now: () => number;
  readonly #tokens = new Map<string, Token>();
  readonly #refreshTokens = new Map<string, SandboxUser>();
  #count = 0;
  /** Where the challenge sends to ask for a token. */
  realm = '';

  constructor(auth: SandboxAuth, now: () => number) {
    this.#auth = auth;
    this.#now = now;
    for (const user of auth.kind === 'token' ? auth.users : []) {
      if (user.identityToken !== undefined) this.#refreshTokens.set(user.identityToken, user);
    }
  }

  /** Every token given out so far is refused from now on. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  /** `undefined`: go on. Otherwise the refusal. */
  refuse(authorization: string | undefined, needed: readonly Access[]): Answer | undefined {
    const auth = this.#auth;
    if (auth.kind === 'none') return undefined;
    if (auth.kind === 'basic') {
      const user = { username: auth.username, password: auth.password };
      if (sameUser(basic(authorization), user)) return allowed(auth.rights, needed) ? undefined : failure('DENIED');
      return unauthorized(needed, 'Basic realm="sandbox"');
    }
    const user = auth.offersBasic === true ? this.#userOf(authorization) : undefined;
    if (user !== undefined) return allowed(user.rights, needed) ? undefined : failure('DENIED');
    const bearer = /^Bearer (.*)$/i.exec(authorization ?? '')?.[1];
    const token = bearer === undefined ? undefined : this.#tokens.get(bearer);
    if (token !== undefined && token.until > this.#now()) {
      if (needed.every((access) => covers(token.access, access))) return undefined;
      return unauthorized(needed, this.#challenge(auth, needed, 'insufficient_scope'));
    }
    return unauthorized(needed, this.#challenge(auth, needed, bearer === undefined ? undefined : 'invalid_token'));
  }

  /** The token endpoint: GET with Basic credentials, POST as OAuth 2 (distribution's auth/token.md and auth/oauth.md). */
  giveToken(request: {
    method: string;
    query: URLSearchParams;
    authorization: string | undefined;
    body: string;
  }): Answer {
    const auth = this.#auth;
    if (auth.kind !== 'token') return failure('NAME_UNKNOWN');
    const method = request.method.toLowerCase();
    const methods = auth.methods ?? 'both';
    if ((method !== 'get' && method !== 'post') || (methods !== 'both' && methods !== method)) {
      return methodNotAllowed(methods === 'both' ? 'GET, POST' : methods.toUpperCase());
    }
    const asked = method === 'get' ? request.query : new URLSearchParams(request.body);
    const refresh = asked.get('refresh_token');
    const given = method === 'get' ? basic(request.authorization) : credentialsOf(asked);
    const user =
      refresh === null ? auth.users.find((known) => sameUser(given, known)) : this.#refreshTokens.get(refresh);
    if (user === undefined && (given !== undefined || refresh !== null || method === 'post')) {
      return failure('UNAUTHORIZED', { headers: { 'www-authenticate': 'Basic realm="sandbox tokens"' } });
    }
    const rights = user === undefined ? (auth.anonymous ?? {}) : (user.rights ?? everything);
    const access = asked
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .flatMap(parseScope)
      .map((wanted) => ({ ...wanted, actions: wanted.actions.filter((action) => mayDo(rights, wanted, action)) }));
    this.#count += 1;
    const token = `sandbox-token-${String(this.#count)}`;
    const lifetimeSeconds = auth.lifetimeSeconds ?? 300;
    this.#tokens.set(token, { access, until: this.#now() + lifetimeSeconds * 1000 });
    const answer = {
      [auth.tokenField ?? 'token']: token,
      expires_in: lifetimeSeconds,
      issued_at: new Date(this.#now()),
    };
    const offline = asked.get('offline_token') === 'true' || asked.get('access_type') === 'offline';
    return json(200, offline && user !== undefined ? { ...answer, refresh_token: this.#refreshToken(user) } : answer);
  }

  #refreshToken(user: SandboxUser): string {
    const token = `sandbox-refresh-token-of-${user.username}`;
    this.#refreshTokens.set(token, user);
    return token;
  }

  #userOf(authorization: string | undefined): SandboxUser | undefined {
    const given = basic(authorization);
    return this.#auth.kind === 'token' ? this.#auth.users.find((user) => sameUser(given, user)) : undefined;
  }

  #challenge(auth: SandboxAuth & { kind: 'token' }, needed: readonly Access[], error: string | undefined): string {
    const without = auth.challengeWithout ?? [];
    const scope = needed.map(({ type, name, actions }) => `${type}:${name}:${actions.join(',')}`).join(' ');
    const parts = [`Bearer realm="${this.realm}"`];
    if (!without.includes('service')) parts.push(`service="${service}"`);
    if (!without.includes('scope') && scope !== '') parts.push(`scope="${scope}"`);
    if (error !== undefined) parts.push(`error="${error}"`);
    const bearer = parts.join(',');
    return auth.offersBasic === true ? `${bearer}, Basic realm="sandbox"` : bearer;
  }
}

function unauthorized(needed: readonly Access[], challenge: string): Answer {
  const detail = needed.flatMap(({ type, name, actions }) =>
    actions.map((action) => ({ Type: type, Class: '', Name: name, Action: action })),
  );
  return failure('UNAUTHORIZED', { detail, headers: { 'www-authenticate': challenge } });
}

type Credentials = { readonly username: string; readonly password: string };

function basic(authorization: string | undefined): Credentials | undefined {
  const encoded = /^Basic (.*)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [username = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return { username, password: password.join(':') };
}

function credentialsOf(form: URLSearchParams): Credentials | undefined {
  if (form.get('grant_type') !== 'password') return undefined;
  return { username: form.get('username') ?? '', password: form.get('password') ?? '' };
}

function sameUser(given: Credentials | undefined, known: Credentials): boolean {
  return given?.username === known.username && given.password === known.password;
}

function parseScope(scope: string): readonly Access[] {
  const [, type, name = '', actions = ''] = /^([a-z]+):(.+):([a-z*,]*)$/.exec(scope) ?? [];
  if (type !== 'repository' && type !== 'registry') return [];
  return [{ type, name, actions: actions.split(',').filter((action) => action !== '') as Action[] }];
}

function mayDo(rights: Rights, { type, name }: Access, action: Action | '*'): boolean {
  const granted = (type === 'repository' ? rights[name] : undefined) ?? rights['*'] ?? [];
  // The catalog's only action is `*`: whoever may pull everywhere may see it.
  return type === 'registry' ? granted.includes('pull') : action !== '*' && granted.includes(action);
}

function allowed(rights: Rights = everything, needed: readonly Access[]): boolean {
  return needed.every((access) => access.actions.every((action) => mayDo(rights, access, action)));
}

function covers(granted: readonly Access[], needed: Access): boolean {
  const actions = granted
    .filter(({ type, name }) => type === needed.type && name === needed.name)
    .flatMap((access) => access.actions);
  return needed.actions.every((action) => actions.includes(action));
}
