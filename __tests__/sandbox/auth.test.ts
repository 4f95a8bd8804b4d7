import { afterEach, describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxAuth, type SandboxRegistry } from '../../sandbox/registry.ts';
import { ask, neverPushed, said } from '../contract/ask.ts';

let running: SandboxRegistry | undefined;

async function start(auth: SandboxAuth): Promise<SandboxRegistry> {
  running = await startSandboxRegistry({ auth });
  await pushImage(running, { repository: 'app', tags: ['one'] });
  return running;
}

afterEach(async () => {
  await running?.close();
  running = undefined;
});

const probe = `app/manifests/${neverPushed()}`;
const unauthorized = { status: 401, code: 'UNAUTHORIZED' };

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

describe('basic', () => {
  const auth = { kind: 'basic', username: 'ada', password: 'with:colon' } as const;

  test('without or with the wrong password: 401 and its challenge', async () => {
    const { url } = await start(auth);
    for (const authorization of [undefined, basic('ada', 'wrong'), 'Bearer something']) {
      const reply = await ask({ url, authorization }, 'GET', '');
      expect(said(reply)).toEqual(unauthorized);
      expect(reply.headers.get('www-authenticate')).toBe('Basic realm="sandbox"');
    }
  });

  test('with the password everything is allowed', async () => {
    const { url } = await start(auth);
    const authorization = basic('ada', 'with:colon');
    expect((await ask({ url, authorization }, 'GET', '_catalog')).status).toBe(200);
    expect((await ask({ url, authorization }, 'DELETE', probe)).status).toBe(404);
  });

  test('what the rights leave out is 403 DENIED', async () => {
    const { url } = await start({ ...auth, rights: { '*': ['pull'] } });
    const authorization = basic('ada', 'with:colon');
    expect((await ask({ url, authorization }, 'GET', 'app/tags/list')).status).toBe(200);
    expect(said(await ask({ url, authorization }, 'DELETE', probe))).toEqual({ status: 403, code: 'DENIED' });
  });
});

describe('token', () => {
  const users = [
    { username: 'ada', password: 'secret', identityToken: 'identity' },
    { username: 'eve', password: 'secret', rights: { '*': ['pull'], app: ['pull', 'push'] } },
  ] as const;
  const auth = { kind: 'token', users } as const;

  type Asked = Record<string, string>;
  type Answered = Record<string, string | undefined>;
  async function token(
    { tokenUrl }: SandboxRegistry,
    query: Asked,
    authorization?: string,
  ): Promise<[number, Answered]> {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
    const response = await fetch(`${tokenUrl ?? ''}?${new URLSearchParams(query).toString()}`, { headers });
    return [response.status, (await response.json()) as Answered];
  }
  async function post({ tokenUrl }: SandboxRegistry, form: Asked): Promise<[number, Answered]> {
    const response = await fetch(tokenUrl ?? '', { method: 'POST', body: new URLSearchParams(form) });
    return [response.status, (await response.json()) as Answered];
  }

  test('the challenge names realm, service and the scope of the request', async () => {
    const { url, tokenUrl } = await start(auth);
    const challengeOf = async (method: string, path: string): Promise<string | null> =>
      (await ask({ url }, method, path)).headers.get('www-authenticate');
    const challenge = `Bearer realm="${tokenUrl ?? ''}",service="sandbox"`;
    expect(await challengeOf('GET', '')).toBe(challenge);
    expect(await challengeOf('GET', 'app/tags/list')).toBe(`${challenge},scope="repository:app:pull"`);
    expect(await challengeOf('DELETE', probe)).toBe(`${challenge},scope="repository:app:delete"`);
    expect(await challengeOf('PUT', probe)).toBe(`${challenge},scope="repository:app:pull,push"`);
    expect(await challengeOf('GET', '_catalog')).toBe(`${challenge},scope="registry:catalog:*"`);
  });

  test('a token allows its scope and nothing else', async () => {
    const sandbox = await start(auth);
    const [status, { token: given }] = await token(sandbox, { scope: 'repository:app:pull' }, basic('ada', 'secret'));
    expect(status).toBe(200);
    const authorization = `Bearer ${given ?? ''}`;
    expect((await ask({ url: sandbox.url, authorization }, 'GET', 'app/tags/list')).status).toBe(200);
    const reply = await ask({ url: sandbox.url, authorization }, 'DELETE', probe);
    expect(said(reply)).toEqual(unauthorized);
    expect(reply.headers.get('www-authenticate')).toMatch(/scope="repository:app:delete",error="insufficient_scope"$/);
  });

  test('the endpoint grants what the user has and is silent about the rest', async () => {
    const sandbox = await start(auth);
    const [status, { token: given }] = await token(
      sandbox,
      { scope: 'repository:app:pull,push,delete repository:other:push registry:catalog:*' },
      basic('eve', 'secret'),
    );
    expect(status).toBe(200);
    const subject = { url: sandbox.url, authorization: `Bearer ${given ?? ''}` };
    expect((await ask(subject, 'POST', 'app/blobs/uploads/')).status).toBe(202);
    expect((await ask(subject, 'POST', 'other/blobs/uploads/')).status).toBe(401);
    expect((await ask(subject, 'DELETE', probe)).status).toBe(401);
    expect((await ask(subject, 'GET', '_catalog')).status).toBe(200);
  });

  test('a wrong password is 401; without one the token is good for nothing, or for what anybody may', async () => {
    const sandbox = await start({ ...auth, anonymous: { app: ['pull'] } });
    expect((await token(sandbox, {}, basic('ada', 'wrong')))[0]).toBe(401);
    const [, { token: given }] = await token(sandbox, { scope: 'repository:app:pull,delete' });
    const subject = { url: sandbox.url, authorization: `Bearer ${given ?? ''}` };
    expect((await ask(subject, 'GET', 'app/tags/list')).status).toBe(200);
    expect((await ask(subject, 'DELETE', probe)).status).toBe(401);
  });

  test('POST takes a password or a refresh token, and gives a refresh token to who asks', async () => {
    const sandbox = await start(auth);
    const scope = 'repository:app:delete';
    const login = { grant_type: 'password', username: 'ada', password: 'secret', access_type: 'offline', scope };
    const [, { refresh_token: refresh = '' }] = await post(sandbox, login);
    for (const refresh_token of [refresh, 'identity']) {
      const [, { token: given }] = await post(sandbox, { grant_type: 'refresh_token', refresh_token, scope });
      const subject = { url: sandbox.url, authorization: `Bearer ${given ?? ''}` };
      expect((await ask(subject, 'DELETE', probe)).status).toBe(404);
    }
    expect((await post(sandbox, { grant_type: 'refresh_token', refresh_token: 'wrong' }))[0]).toBe(401);
    expect((await post(sandbox, { ...login, password: 'wrong' }))[0]).toBe(401);
  });

  test('tokens end: by their lifetime, or when the test says so', async () => {
    const brief = await start({ ...auth, lifetimeSeconds: 0 });
    const scope = 'repository:app:pull';
    const [, { token: dead }] = await token(brief, { scope }, basic('ada', 'secret'));
    const reply = await ask({ url: brief.url, authorization: `Bearer ${dead ?? ''}` }, 'GET', 'app/tags/list');
    expect(reply.headers.get('www-authenticate')).toMatch(/error="invalid_token"$/);
    await brief.close();
    const sandbox = await start(auth);
    const [, { token: given }] = await token(sandbox, { scope }, basic('ada', 'secret'));
    const subject = { url: sandbox.url, authorization: `Bearer ${given ?? ''}` };
    expect((await ask(subject, 'GET', 'app/tags/list')).status).toBe(200);
    sandbox.expireTokens();
    expect((await ask(subject, 'GET', 'app/tags/list')).status).toBe(401);
  });

  test('the endpoint can be another origin, take one method alone, and name its answer otherwise', async () => {
    const sandbox = await start({ ...auth, tokenOrigin: 'other', methods: 'get', tokenField: 'access_token' });
    expect(new URL(sandbox.tokenUrl ?? '').origin).not.toBe(new URL(sandbox.url).origin);
    const [, answer] = await token(sandbox, {}, basic('ada', 'secret'));
    expect(Object.keys(answer)).toContain('access_token');
    expect((await fetch(sandbox.tokenUrl ?? '', { method: 'POST' })).status).toBe(405);
    expect(sandbox.requests.map(({ server }) => server)).toEqual(['aside', 'aside']);
  });

  test('the challenge can leave out service and scope, and offer Basic beside', async () => {
    const sandbox = await start({ ...auth, challengeWithout: ['service', 'scope'], offersBasic: true });
    const { url, tokenUrl } = sandbox;
    const reply = await ask({ url }, 'GET', 'app/tags/list');
    expect(reply.headers.get('www-authenticate')).toBe(`Bearer realm="${tokenUrl ?? ''}", Basic realm="sandbox"`);
    expect((await ask({ url, authorization: basic('ada', 'secret') }, 'DELETE', probe)).status).toBe(404);
    const denied = await ask({ url, authorization: basic('eve', 'secret') }, 'DELETE', probe);
    expect(said(denied)).toEqual({ status: 403, code: 'DENIED' });
  });
});
