/** Where the token goes, and where it doesn't. */
import { spawn } from 'node:child_process';
import { createServer, request as forward, type IncomingMessage } from 'node:http';
import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from '@jest/globals';
import { repository, startGitHub } from '../../support/github/server.ts';
import { errorOf, pulls, repo, show, texts, withGitHub } from './client.ts';

const one = (): Parameters<typeof withGitHub>[0] => [repository(repo, { pulls: [{ number: 12, state: 'closed' }] })];

describe('GitHub Enterprise Server', () => {
  test('is asked below /api/v3, on every page', async () => {
    const branches = Array.from({ length: 101 }, (_, index) => `topic/${index}`);
    await withGitHub(
      [repository(repo, { branches })],
      async ({ github, server, records }) => {
        expect(server.apiUrl).toMatch(/\/api\/v3$/);
        expect(show(await github.claim([...texts('topic-100'), ...pulls(3)]))).toEqual([
          'topic-100 alive as topic/100',
          '3 not-found',
        ]);
        expect(records.every(({ path }) => path.startsWith(`${server.apiUrl}/re`))).toBe(true);
        expect(records.map(({ status }) => status)).toEqual([200, 404, 200, 200, 200, 304, 200]);
      },
      { server: { basePath: '/api/v3' } },
    );
  });

  test('a slash at the end of its address is none too many', async () => {
    const server = await startGitHub(one(), { basePath: '/api/v3' });
    await withGitHub(
      [],
      async ({ github }) => {
        expect(show(await github.claim(pulls(12)))).toEqual(['12 closed']);
      },
      { client: { apiUrl: `${server.apiUrl}/` } },
    );
    await server.close();
  });
});

describe('every request', () => {
  test('says who asks, what it takes, and carries the token', async () => {
    await withGitHub(one(), async ({ github, server }) => {
      await github.claim(pulls(12));
      for (const { headers } of server.seen) {
        expect(headers.authorization).toBe(`token ${server.token}`);
        expect(headers['user-agent']).toMatch(/^registry-prune\/\d/);
        expect(headers.accept).toBe('application/vnd.github+json');
        expect(headers['x-github-api-version']).toBe('2022-11-28');
      }
    });
  });
});

describe('another origin', () => {
  test.each([301, 302, 307, 308])('that a %i leads to is never asked', async (status) => {
    const stranger = await startGitHub(one());
    await withGitHub(one(), async ({ github, server }) => {
      server.before = ({ path }) =>
        path.endsWith('/12') ? { status, headers: { location: `${stranger.apiUrl}${path}` } } : undefined;
      const error = await errorOf(github.claim(pulls(12)), server.token);
      expect(error.message).toContain(`it leads to ${stranger.origin}, which is not GitHub's API`);
      expect(stranger.seen).toEqual([]);
    });
    await stranger.close();
  });

  test('that a next page leads to is never asked', async () => {
    const stranger = await startGitHub(one());
    await withGitHub(one(), async ({ github, server }) => {
      const link = `<${stranger.apiUrl}/repos/acme/apps/branches?page=2>; rel="next"`;
      server.before = () => ({ status: 200, headers: { link }, body: [{ name: 'main' }] });
      await errorOf(github.claim(texts('x')), server.token);
      expect(stranger.seen).toEqual([]);
    });
    await stranger.close();
  });

  test('redirects without an end, or to nowhere, are errors', async () => {
    await withGitHub(one(), async ({ github, server }) => {
      const locations = [{ location: `${server.apiUrl}/repos/acme/apps/pulls/12` }, {}, { location: 'http://' }];
      for (const headers of locations) {
        server.before = () => ({ status: 302, headers: { ...headers } });
        const error = await errorOf(github.claim(pulls(12)), server.token);
        expect(error.message).toMatch(/302|it leads to nowhere/);
      }
    });
  });
});

test('an answer that repeats the token gives it to nobody', async () => {
  await withGitHub(one(), async ({ github, server }) => {
    server.before = ({ headers }) => ({ status: 403, body: { message: `No: ${headers.authorization ?? ''}` } });
    const error = await errorOf(github.claim(pulls(12)), server.token);
    expect(error.message).toContain('403 No: token ***');
  });
});

describe('a proxy', () => {
  test('is gone through, where the environment of the process names one', async () => {
    const server = await startGitHub(one());
    const tunnelled: string[] = [];
    const sockets = new Set<Socket>();
    // What is no TLS it is asked for by the whole address; the rest goes through a tunnel.
    const proxy = createServer((request, response) => {
      const { host, pathname, search } = new URL(request.url ?? '');
      tunnelled.push(host.includes(':') ? host : `${host}:80`);
      const { method, headers } = request;
      request.pipe(
        forward(`${server.origin}${pathname}${search}`, { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(response);
        }),
      );
    });
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      tunnelled.push(request.url ?? '');
      const to = connectSocket(Number(new URL(server.origin).port), '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(to).pipe(socket);
      });
      sockets.add(socket).add(to);
      for (const end of [socket, to]) end.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const through = await askInProcess({ apiUrl: 'http://api.github.test', token: server.token, http_proxy: proxyUrl });
    const past = await askInProcess({ apiUrl: server.apiUrl, token: server.token, http_proxy: proxyUrl });
    for (const socket of sockets) socket.destroy();
    proxy.close();
    await server.close();
    expect(through).toContain('"state":"closed"');
    expect(past).toContain('"state":"closed"');
    // Both requests of a sweep; those to this machine go past it.
    expect(new Set(tunnelled)).toEqual(new Set(['api.github.test:80']));
  });

  test('whose variable holds no address is an error', async () => {
    await withGitHub(
      one(),
      async ({ github, server }) => {
        const error = await errorOf(github.claim(pulls(12)), server.token);
        expect(error.message).toContain('https_proxy is no URL of a proxy');
      },
      { client: { apiUrl: 'https://api.github.test', env: { https_proxy: 'socks5://x' } } },
    );
  });
});

/** @actions/github reads the proxy when it is imported: a process of its own. Resolves with what it printed. */
async function askInProcess(given: {
  readonly apiUrl: string;
  readonly token: string;
  readonly http_proxy: string;
}): Promise<string> {
  const script = join(import.meta.dirname, 'ask-in-process.ts');
  const { PATH = '' } = process.env;
  const child = spawn('node', [script, repo, '12'], {
    env: { PATH, GITHUB_API_URL: given.apiUrl, GITHUB_TOKEN: given.token, http_proxy: given.http_proxy },
  });
  let printed = '';
  child.stdout.on('data', (piece: Buffer) => (printed += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (printed += piece.toString()));
  await new Promise((resolve) => child.on('close', resolve));
  return printed;
}
