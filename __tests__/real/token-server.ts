// A small token server for distribution's `auth.token`, so that a real registry can grant a push and not the deletion,
// in one repository and not in another. Distribution's token authentication specification (docs/spec/auth):
//
//   1. The registry answers 401 with the realm, the service and the scope of what was asked.
//   2. The client asks the realm for a token with that scope, as an account or as nobody.
//   3. This server grants what `allow` grants of it, and answers 200 even when that is nothing.
//   4. The client asks the registry again with the token; the registry checks its signature against the certificate
//      that it was started with, and its `access` against the request.

import { execFileSync } from 'node:child_process';
import { randomUUID, sign, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TokenSettings } from './registry-settings.ts';

/** One right, as asked for: `repository`, `team/app`, `delete`; the catalog is `registry`, `catalog`, `*`. */
export type Right = { readonly type: string; readonly name: string; readonly action: string };

export type TokenServerOptions = {
  /** Accounts and their passwords. A request without credentials is served as nobody (`undefined`). */
  readonly accounts: Readonly<Record<string, string>>;
  /** Whether this account has this right. */
  readonly allow: (account: string | undefined, right: Right) => boolean;
  /** Lifetime of a token in seconds: 300 without a word. */
  readonly expiresInSeconds?: number;
};

export type TokenServer = {
  /** For `start({ token: server.settings })`. */
  readonly settings: TokenSettings;
  /** Each token that was asked for: by whom, and with which scopes. */
  readonly asked: readonly { readonly account: string | undefined; readonly scopes: readonly string[] }[];
  /** An `Authorization` value with exactly these scopes (`repository:app:pull,push`), whatever `allow` says. */
  authorization(...scopes: readonly string[]): string;
  close(): Promise<void>;
};

type Access = { readonly type: string; readonly name: string; readonly actions: readonly string[] };

/** `repository:host:5000/app:pull,push` has its name between the first colon and the last. */
function parseScope(scope: string): Access | undefined {
  const parts = /^([^:]+):(.+):([^:]*)$/.exec(scope);
  if (!parts) return undefined;
  const [, type = '', name = '', actions = ''] = parts;
  return { type, name, actions: actions.split(',').filter((action) => action !== '') };
}

/** A key and its self-signed certificate for a day, made by openssl: node:crypto reads certificates and makes none. */
function makeSigner(directory: string): { readonly key: string; readonly certificate: string } {
  const key = join(directory, 'token-key.pem');
  const certificate = join(directory, 'token-certificate.pem');
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const files = ['-keyout', key, '-out', certificate, '-days', '1', '-subj', '/CN=registry-prune tests'];
  try {
    execFileSync('openssl', ['req', '-x509', ...kind, ...files], { stdio: 'pipe' });
  } catch (error) {
    throw new Error('The token server needs openssl to make its certificate: install it, or put it on PATH.', {
      cause: error,
    });
  }
  return { key, certificate };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function basicAccount(
  header: string | undefined,
): { readonly username: string; readonly password: string } | undefined {
  const encoded = /^basic (.+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [username = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
  return { username, password: password.join(':') };
}

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

/** Starts a token server on loopback. It answers GET with Basic credentials, and POST with grant_type=password. */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const directory = mkdtempSync(join(tmpdir(), 'registry-prune-token-'));
  const signer = makeSigner(directory);
  const privateKey = readFileSync(signer.key, 'utf8');
  const x5c = [new X509Certificate(readFileSync(signer.certificate)).raw.toString('base64')];
  const service = 'registry-prune tests';
  const issuer = 'registry-prune token server';
  const lifetime = options.expiresInSeconds ?? 300;
  const asked: { readonly account: string | undefined; readonly scopes: readonly string[] }[] = [];

  const tokenWith = (account: string | undefined, access: readonly Access[]): string => {
    const now = Math.floor(Date.now() / 1000);
    const header = encode({ typ: 'JWT', alg: 'ES256', x5c });
    const claims = encode({
      ...{ iss: issuer, sub: account ?? '', aud: service, jti: randomUUID(), access },
      // A minute of grace, as between machines whose clocks differ.
      ...{ iat: now, nbf: now - 60, exp: now + lifetime },
    });
    const signature = sign('sha256', Buffer.from(`${header}.${claims}`), {
      key: privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${header}.${claims}.${signature.toString('base64url')}`;
  };

  const grant = (account: string | undefined, scopes: readonly string[]): readonly Access[] =>
    scopes.flatMap((scope) => {
      const access = parseScope(scope);
      if (!access) return [];
      const { type, name } = access;
      return [
        { ...access, actions: access.actions.filter((action) => options.allow(account, { type, name, action })) },
      ];
    });

  const server = createServer((request, response) => {
    void answer(request).then(([status, body]) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });

  const answer = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
    const url = new URL(request.url ?? '/', 'http://token.invalid');
    const form = request.method === 'POST' ? await bodyOf(request) : undefined;
    const grantType = form?.get('grant_type');
    if (form && grantType !== 'password') return [400, { error: 'unsupported_grant_type' }];
    const credentials = form
      ? { username: form.get('username') ?? '', password: form.get('password') ?? '' }
      : basicAccount(request.headers.authorization);
    if (credentials && options.accounts[credentials.username] !== credentials.password)
      return [401, { errors: [{ code: 'UNAUTHORIZED', message: 'wrong account or password' }] }];
    const account = credentials?.username;
    // Both ways of naming several scopes: the parameter repeated, and one parameter with spaces.
    const scopes = (form ?? url.searchParams).getAll('scope').flatMap((scope) => scope.split(' '));
    asked.push({ account, scopes });
    const token = tokenWith(account, grant(account, scopes));
    const common = { expires_in: lifetime, issued_at: new Date().toISOString() };
    return [200, form ? { access_token: token, ...common } : { token, ...common }];
  };

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  // By name: crane refuses a realm whose host is a loopback address, as it could be led into a private network.
  const realm = `http://localhost:${port}/token`;
  return {
    settings: { realm, service, issuer, rootcertbundle: signer.certificate },
    asked,
    authorization: (...scopes) =>
      `Bearer ${tokenWith(
        'test',
        scopes.flatMap((scope) => parseScope(scope) ?? []),
      )}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
