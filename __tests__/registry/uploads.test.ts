/** An upload that is opened only to be seen, and blobs that are asked for to prove that they are there. */
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { putBlob } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import type { Credentials } from '../../src/credentials/index.ts';
import type { Digest } from '../../src/model/index.ts';
import { client, digest, errors, repository, startServer, type Client, type Script, type Scripted } from './server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const account = { username: 'ada', password: 'a-long-password' };

async function sandbox(options: SandboxOptions = {}): Promise<{ sandbox: SandboxRegistry; registry: Client }> {
  const started = await startSandboxRegistry(options);
  const credentials: Credentials = options.auth === undefined ? { kind: 'anonymous' } : { kind: 'basic', ...account };
  const registry = client(started.url, credentials);
  open.push(started, registry);
  return { sandbox: started, registry };
}

async function scripted(script: Script): Promise<{ lines: () => readonly string[]; registry: Client }> {
  const server = await startServer(script);
  const registry = client(server.url);
  open.push(server, registry);
  return { lines: () => server.lines(), registry };
}

describe('an upload', () => {
  test('is opened, has a name, and is cancelled', async () => {
    const { sandbox: server, registry } = await sandbox();
    const upload = await registry.openUpload(repository());
    expect(upload).toMatchObject({ kind: 'opened', id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/) });
    if (upload.kind !== 'opened') return;
    expect(await upload.cancel()).toBe(true);
    expect(await upload.cancel()).toBe(false);
    expect(server.requests.map(({ method, status }) => `${method} ${status ?? ''}`)).toEqual([
      'POST 202',
      'DELETE 204',
      'DELETE 404',
    ]);
  });

  test.each<readonly [string, SandboxOptions, object]>([
    ['a read-only registry', { deletes: 'read-only' }, { status: 405, readOnly: true }],
    [
      'an account without the right',
      { auth: { kind: 'basic', ...account, rights: { '*': ['pull'] } } },
      { status: 403, readOnly: false, codes: ['DENIED'], error: { kind: 'denied' } },
    ],
    [
      'a token without the right',
      { auth: { kind: 'token', users: [{ ...account, rights: { '*': ['pull'] } }] } },
      { status: 401, readOnly: false, error: { kind: 'denied' } },
    ],
  ])('%s refuses it', async (_, options, expected) => {
    const { registry } = await sandbox(options);
    expect(await registry.openUpload(repository())).toMatchObject({ kind: 'refused', ...expected });
  });

  test('a right to push without the right to delete may not do to cancel it', async () => {
    const { registry } = await sandbox({ auth: { kind: 'basic', ...account, rights: { '*': ['pull', 'push'] } } });
    const upload = await registry.openUpload(repository());
    expect(upload.kind === 'opened' && (await upload.cancel())).toBe(false);
  });

  test('without a header its name is the end of its place; where no answer comes it is not cancelled', async () => {
    const { lines, registry } = await scripted((seen) =>
      seen.method === 'POST'
        ? { status: 202, headers: { location: '/v2/apps/web/blobs/uploads/one?_state=s' } }
        : 'drop',
    );
    const upload = await registry.openUpload(repository());
    expect(upload).toMatchObject({ kind: 'opened', id: 'one' });
    expect(upload.kind === 'opened' && (await upload.cancel())).toBe(false);
    expect(lines()[1]).toBe('DELETE /v2/apps/web/blobs/uploads/one?_state=s');
  });

  test('that has no place is an error', async () => {
    const { registry } = await scripted(() => ({ status: 202 }));
    await expect(registry.openUpload(repository())).rejects.toThrow('says no place for it');
  });
});

const text = 'the bytes of a layer';
const own = digest(`sha256:${createHash('sha256').update(text).digest('hex')}`);
const sha512 = digest(`sha512:${createHash('sha512').update(text).digest('hex')}`);
const never = digest(`sha256:${'9'.repeat(64)}`);

describe('a blob', () => {
  test.each([false, true])('is there, and its bytes are its own (redirected: %j)', async (redirectBlobs) => {
    const { sandbox: server, registry } = await sandbox({ redirectBlobs });
    await putBlob(server, repository(), new TextEncoder().encode(text));
    expect(await registry.headBlob(repository(), own)).toEqual({ kind: 'found', size: text.length });
    expect(await registry.readBlob(repository(), own)).toEqual({ kind: 'found', size: text.length });
    // Another repository's isn't this one's.
    expect(await registry.headBlob(repository('apps/api'), own)).toEqual({ kind: 'absent' });
    expect(await registry.readBlob(repository('apps/api'), own)).toEqual({ kind: 'absent' });
    expect(await registry.headBlob(repository(), never)).toEqual({ kind: 'absent' });
  });

  test('of many megabytes is read to its end', async () => {
    const { sandbox: server, registry } = await sandbox();
    const bytes = new Uint8Array(20_000_000).fill(7);
    const big = (await putBlob(server, repository(), bytes)) as Digest;
    expect(await registry.readBlob(repository(), big)).toEqual({ kind: 'found', size: bytes.length });
  });

  const damaged = (why: string): object => ({ kind: 'damaged', why: expect.stringContaining(why) });
  test.each<readonly [string, Digest, Scripted, object]>([
    ['sha512', sha512, { body: text }, { kind: 'found', size: text.length }],
    ['nothing, as a cache that outlived its blob answers', own, { body: '' }, damaged('its 0 bytes')],
    ['other bytes', own, { body: 'x' }, damaged(`instead of ${own}`)],
    ['cut', own, 'cut', { kind: 'unreadable' }],
    ['refused', own, { status: 500 }, { kind: 'unreadable' }],
    ['not content', own, { status: 206, body: text }, { kind: 'unreadable' }],
    ['unknown', own, { status: 404, body: errors('BLOB_UNKNOWN') }, { kind: 'absent' }],
    ['a page of a proxy', own, { status: 404, headers: { 'content-type': 'text/html' } }, { kind: 'unreadable' }],
  ])('read: %s', async (_, asked, answer, expected) => {
    const { registry } = await scripted(() => answer);
    expect(await registry.readBlob(repository(), asked)).toMatchObject(expected);
  });

  test('a reading that is cut begins anew', async () => {
    const { registry } = await scripted((_, index) => (index === 0 ? 'cut' : { body: text }));
    expect(await registry.readBlob(repository(), own)).toEqual({ kind: 'found', size: text.length });
  });

  test.each<readonly [string, Scripted, object]>([
    ['another digest', { headers: { 'docker-content-digest': never } }, { kind: 'unreadable' }],
    ['a page of a proxy', { headers: { 'content-type': 'text/html' }, body: 'Log in' }, { kind: 'unreadable' }],
    ['refused', { status: 403 }, { kind: 'unreadable' }],
    ['not there, in a web page', { status: 404, headers: { 'content-type': 'text/html' } }, { kind: 'unreadable' }],
    ['its size', { headers: { 'content-length': '12' } }, { kind: 'found', size: 12 }],
  ])('asked for: %s', async (_, answer, expected) => {
    const { registry } = await scripted(() => answer);
    const asked = registry.headBlob(repository(), own).catch((error: unknown) => ({ kind: 'unreadable', error }));
    expect(await asked).toMatchObject(expected);
  });
});
