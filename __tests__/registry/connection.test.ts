import { beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import type { RegistryOptions } from '../../src/registry/index.ts';
import { makeCertificates, type Certificates } from './certificates.ts';
import { client, errors, startServer, type Client, type Script, type Scripted } from './server.ts';
import { failure, useSite } from './site.ts';

const site = useSite();
const connectTo = (url: string, options: Partial<RegistryOptions> = {}): Client =>
  site.connectTo(url, { kind: 'anonymous' }, options);

const fine: Script = () => ({ body: {} });

let certificates: Certificates;
beforeAll(async () => {
  certificates = await makeCertificates();
});

describe('whether a registry answers at this moment, asked once', () => {
  const answers = (url: string): Promise<boolean> => connectTo(url).answers(5_000);

  test.each([
    ['a registry', { body: {} }, true],
    ['one that wants an account', { status: 401, body: errors('UNAUTHORIZED') }, true],
    ['a proxy with nothing behind it', { status: 502, body: 'Bad Gateway' }, false],
    ['a proxy that waits for it', { status: 503, body: '' }, false],
    ['a web page', { headers: { 'content-type': 'text/html' }, body: '<html></html>' }, false],
  ] as const)('%s', async (_, answer, expected) => {
    const server = await site.serve(() => answer);
    expect(await answers(server.url)).toBe(expected);
    expect(server.lines()).toEqual(['GET /v2/']);
  });

  test('nobody', async () => {
    const server = await startServer(fine);
    await server.close();
    expect(await answers(server.url)).toBe(false);
  });

  test('somebody who takes the connection and is silent', async () => {
    const silent = createServer((socket) => void socket.resume()).listen(0, '127.0.0.1');
    site.keep({
      close: () =>
        new Promise((resolve) => {
          silent.close(() => {
            resolve();
          });
        }),
    });
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    expect(await connectTo(`http://127.0.0.1:${port}`).answers(100)).toBe(false);
  });
});

describe('a registry that is not there', () => {
  test('a name that does not resolve', async () => {
    const said = await failure(connectTo('https://registry.invalid').ping());
    expect(said).toMatchObject({
      kind: 'unreachable',
      url: 'https://registry.invalid/v2/',
      method: 'GET',
      status: undefined,
    });
    expect(said.message).toContain("The name registry.invalid doesn't resolve");
    expect(said.wayOut).toContain('spelling');
  });

  test('a port where nobody listens, asked once', async () => {
    const server = await startServer(fine);
    await server.close();
    const registry = connectTo(server.url);
    expect(await failure(registry.ping())).toMatchObject({
      kind: 'unreachable',
      message: expect.stringContaining(`127.0.0.1:${server.port} refuses the connection`),
    });
    expect(registry.slept).toEqual([]);
  });

  test('plain HTTP on https', async () => {
    const server = await site.serve(fine);
    expect(await failure(connectTo(server.url.replace('http:', 'https:')).ping())).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('speaks plain HTTP, not https'),
      wayOut: expect.stringContaining(`registry: http://127.0.0.1:${server.port}`),
    });
  });

  test('https on a plain http URL', async () => {
    const server = await site.serve(fine, { tls: certificates.good });
    const said = await failure(connectTo(server.url.replace('https:', 'http:')).ping());
    expect(said.wayOut).toContain(`registry: https://127.0.0.1:${server.port}`);
  });

  test('https on a plain http URL, as Go and nginx say it', async () => {
    const server = await site.serve(() => ({ status: 400, body: 'Client sent an HTTP request to an HTTPS server.' }));
    expect(await failure(connectTo(server.url).ping())).toMatchObject({
      kind: 'protocol',
      wayOut: expect.stringContaining(`registry: https://127.0.0.1:${server.port}`),
    });
  });

  test('something that is no HTTP at all', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.resume();
      socket.end('220 smtp.example ESMTP\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    site.keep({
      close: () =>
        new Promise((resolve) =>
          server.close(() => {
            resolve();
          }),
        ),
    });
    const { port } = server.address() as AddressInfo;
    expect(await failure(connectTo(`http://127.0.0.1:${port}`).ping())).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining("doesn't answer in HTTP"),
    });
  });

  test.each<readonly [string, Scripted]>([
    ['404', { status: 404, body: errors('NOT_FOUND') }],
    ['404 with a page', { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['200 with a page', { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<html>' }],
  ])('something that is no registry: %s', async (_, scripted) => {
    const server = await site.serve(() => scripted);
    expect(await failure(connectTo(server.url).ping())).toMatchObject({
      kind: 'protocol',
      message: expect.stringContaining('no container registry at this address'),
    });
  });

  test('a registry that has moved', async () => {
    const server = await site.serve(() => ({ status: 301, headers: { location: 'https://new.example/v2/' } }));
    expect(await failure(connectTo(server.url).ping())).toMatchObject({
      message: expect.stringContaining('redirect to https://new.example/v2/'),
      wayOut: expect.stringContaining('write its new address'),
    });
  });
});

describe('certificates', () => {
  const ping = async (
    pair: keyof Omit<Certificates, 'authority'>,
    options: Parameters<typeof client>[2] = {},
  ): Promise<unknown> => {
    const server = await site.serve(fine, { tls: certificates[pair] });
    try {
      await connectTo(server.url, options).ping();
      return undefined;
    } catch (error) {
      const { kind, message, wayOut } = error as Record<string, unknown>;
      return { kind, message, wayOut };
    }
  };

  test('an authority of its own is trusted with ca-certificate, and only with it', async () => {
    expect(await ping('good')).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining("signed by an authority that isn't trusted"),
      wayOut: expect.stringContaining('ca-certificate'),
    });
    expect(await ping('good', { caCertificate: certificates.authority })).toBeUndefined();
    const bundle = `# ours\n${certificates.selfSigned.cert}\n${certificates.authority}`;
    expect(await ping('good', { caCertificate: bundle })).toBeUndefined();
    expect(await ping('good', { caCertificate: certificates.selfSigned.cert })).toMatchObject({ kind: 'tls' });
  });

  test('self-signed', async () => {
    expect(await ping('selfSigned')).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('is self-signed and not trusted'),
    });
    expect(await ping('selfSigned', { caCertificate: certificates.selfSigned.cert })).toBeUndefined();
  });

  test('for another host', async () => {
    expect(await ping('otherHost', { caCertificate: certificates.authority })).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('made out to other names'),
    });
  });

  test('expired', async () => {
    expect(await ping('expired', { caCertificate: certificates.authority })).toMatchObject({
      kind: 'tls',
      message: expect.stringContaining('has expired'),
    });
  });

  test('tls-verify: false asks for none of it', async () => {
    for (const pair of ['good', 'selfSigned', 'otherHost', 'expired'] as const)
      expect(await ping(pair, { tlsVerify: false })).toBeUndefined();
  });

  test.each(['', 'no PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])(
    'text that is no certificate is said at once: %j',
    (caCertificate) => {
      expect(() => client('https://registry.example', undefined, { caCertificate })).toThrow(
        expect.objectContaining({ kind: 'tls', wayOut: expect.stringContaining('BEGIN CERTIFICATE') }),
      );
    },
  );
});
