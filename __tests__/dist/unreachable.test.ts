/** A registry that can't be talked to: one sentence for each reason, with the way out. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import { runStep } from './step.ts';

// A process each; on a busy machine one takes seconds.
jest.setTimeout(60_000);

const given = { repositories: 'apps/web', tags: 'build-{number}', 'keep-last': '1' };
let certificate: { readonly key: string; readonly cert: string };
let registry: SandboxRegistry | undefined;

beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'registry-prune-certificate-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, '-days', '1', ...name], {
    stdio: 'pipe',
  });
  certificate = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  rmSync(folder, { recursive: true });
});
afterEach(async () => {
  await registry?.close();
  registry = undefined;
});
// A test that broke off must not leave its registry behind.
afterAll(() => registry?.close());

async function started(options: SandboxOptions = {}): Promise<SandboxRegistry> {
  registry = await startSandboxRegistry(options);
  const bytes = new TextEncoder().encode('{"schemaVersion":2,"config":{"mediaType":"x/y","digest":"sha256:0","size":2}}');
  // Behind its back: fetch wouldn't trust its certificate either.
  registry.store.putManifest('apps/web', 'application/vnd.oci.image.manifest.v1+json', bytes, 'build-1');
  return registry;
}

async function sentenceOf(registryInput: string): Promise<string> {
  const step = await runStep({ ...given, registry: registryInput });
  expect(step.code).toBe(1);
  expect(step.errors).toHaveLength(1);
  expect(step.errors[0]).not.toMatch(/\n\s+at /);
  expect([...step.outputs.keys(), ...step.files.keys()]).toEqual([]);
  return step.errors[0] ?? '';
}

test("a host that doesn't resolve", async () => {
  const sentence = await sentenceOf('registry.invalid');
  expect(sentence).toContain("The name registry.invalid doesn't resolve");
  expect(sentence).toContain('Check the spelling of registry');
});

test('a port that refuses', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const sentence = await sentenceOf(`127.0.0.1:${port}`);
  expect(sentence).toContain(`127.0.0.1:${port} refuses the connection`);
  expect(sentence).toContain('Check that the registry is running, and the port in registry');
});

test('plain HTTP on https', async () => {
  const { url } = await started();
  const sentence = await sentenceOf(url.replace('http:', 'https:'));
  expect(sentence).toContain('speaks plain HTTP, not https');
  expect(sentence).toContain(`registry: ${url}`);
});

test('https on plain HTTP', async () => {
  const { url } = await started({ tls: certificate });
  const sentence = await sentenceOf(url.replace('https:', 'http:'));
  expect(sentence).toContain(`registry: ${url}`);
});

test('an untrusted certificate, which ca-certificate makes trusted', async () => {
  const { url, requests, store } = await started({ tls: certificate });
  const sentence = await sentenceOf(url);
  expect(sentence).toContain('is self-signed and not trusted');
  expect(sentence).toContain('ca-certificate');
  expect(requests).toEqual([]);
  const trusted = await runStep({ ...given, registry: url, 'ca-certificate': certificate.cert });
  expect(trusted).toMatchObject({ code: 0, errors: [] });
  expect([...store.tags('apps/web').keys()]).toEqual(['build-1']);
});

test('a server that is no registry', async () => {
  const server = await started();
  const { url } = server;
  server.answer({ path: /./ }, { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>It works!</h1>' });
  const sentence = await sentenceOf(url);
  expect(sentence).toContain('registry');
});

test('a registry that needs an account, and gets none', async () => {
  registry = await startSandboxRegistry({ auth: { kind: 'basic', username: 'robot', password: 'correct horse' } });
  await pushImage(registry, { repository: 'apps/web', tags: ['build-1'] });
  const sentence = await sentenceOf(registry.url);
  expect(sentence).toContain('lets nobody in without an account');
  expect(sentence).toContain('Set username and password');
});
