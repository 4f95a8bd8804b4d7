/**
 * The network in which the examples' hosts are there: `https://registry.example.com`, with a certificate, reached through
 * a proxy. So an example runs as it is written, and what it asks of anybody else is seen.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export type Network = {
  /** With these in its environment a process is in this network. */
  readonly env: Readonly<Record<string, string>>;
  /** Whom the proxy was asked for that isn't there: `host:port`. */
  readonly strangers: readonly string[];
  close(): Promise<void>;
};

/** `hosts`: the http origin that answers for each host name. */
export async function openNetwork(hosts: Readonly<Record<string, string>>): Promise<Network> {
  const folder = await mkdtemp(join(tmpdir(), 'registry-prune-network-'));
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = Object.keys(hosts).map((host) => `DNS:${host}`);
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-keyout', key, '-out', certificate, '-subj', '/CN=registry-prune tests'],
    ...['-addext', `subjectAltName=${names.join(',')}`],
  ]);
  const pair = { key: await readFile(key, 'utf8'), cert: await readFile(certificate, 'utf8') };
  const front = createTlsServer(pair, (from, to) => {
    passOn(hosts[from.headers.host ?? ''], from, to);
  });
  const strangers: string[] = [];
  const proxy = createServer((from, to) => {
    strangers.push(from.url ?? '');
    to.writeHead(502).end();
  });
  proxy.on('connect', (from, socket, head) => {
    const target = from.url ?? '';
    if (!Object.keys(hosts).some((host) => target === `${host}:443`)) {
      strangers.push(target);
      socket.end('HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    socket.unshift(head);
    // A client may go at any moment.
    socket.on('error', () => socket.destroy());
    front.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      NO_PROXY: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: certificate,
    },
    strangers,
    async close() {
      front.closeAllConnections();
      proxy.closeAllConnections();
      await new Promise<void>((resolve) => {
        proxy.close(() => {
          resolve();
        });
      });
      await rm(folder, { recursive: true });
    },
  };
}

/** As a web server in front of a registry does: the host as it was asked for, and the scheme in a header. */
function passOn(origin: string | undefined, from: IncomingMessage, to: ServerResponse): void {
  if (origin === undefined) {
    to.writeHead(421).end();
    return;
  }
  const { method = 'GET', url = '/', headers } = from;
  const forwarded = sendRequest(`${origin}${url}`, { method, headers: { ...headers, 'x-forwarded-proto': 'https' } });
  forwarded.on('response', (answer) => {
    to.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(to);
  });
  forwarded.on('error', () => {
    to.destroy();
  });
  from.pipe(forwarded);
}
