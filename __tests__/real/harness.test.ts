// The harness itself: that each real registry starts, is the version that it says by what it does, and can be made to
// refuse what the other suites need refused.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { pushImage, pushMultiPlatform, type Target } from '../../sandbox/push.ts';
import { knownPassword, type RealRegistry, type RunningRegistry, type StartOptions } from './registries.ts';
import { describeReal } from './suites.ts';
import { startTokenServer, type TokenServer } from './token-server.ts';
import { pullTools, referenceOf } from './tools.ts';

const toClose: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of toClose.splice(0).reverse()) await one.close();
});

async function started(registry: RealRegistry, options: StartOptions = {}): Promise<RunningRegistry> {
  const running = await registry.start(options);
  toClose.push(running);
  return running;
}

/** A digest that no registry has. */
const neverExisted = `sha256:${createHash('sha256').update('never existed').digest('hex')}`;

async function send(
  target: Target,
  method: string,
  path: string,
): Promise<{ readonly status: number; readonly body: string; readonly headers: Headers }> {
  const response = await fetch(`${target.url}/v2/${path}`, {
    method,
    headers: {
      accept: 'application/vnd.oci.image.manifest.v1+json',
      ...(target.authorization !== undefined && { authorization: target.authorization }),
    },
  });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

describeReal('a real registry', (registry) => {
  test('deletes by tag as its version does', async () => {
    const { url } = await started(registry);
    await pushImage({ url }, { repository: 'team/app', tags: ['one'] });
    const answer = await send({ url }, 'DELETE', 'team/app/manifests/one');
    expect(answer.status).toBe(registry.profile === 'distribution-2.8' ? 400 : 202);
  });

  test('says 404 to the deletion of what never existed, where it deletes', async () => {
    const { url } = await started(registry);
    await pushImage({ url }, { repository: 'team/app', tags: ['one'] });
    expect((await send({ url }, 'DELETE', `team/app/manifests/${neverExisted}`)).status).toBe(404);
  });

  test('keeps its images and its address over a restart and a crash', async () => {
    const running = await started(registry);
    const { url, pid } = running;
    await pushImage({ url }, { repository: 'team/app', tags: ['one'] });
    await running.restart();
    expect(running.url).toBe(url);
    expect(running.pid).not.toBe(pid);
    expect((await send({ url }, 'HEAD', 'team/app/manifests/one')).status).toBe(200);
    await running.kill9();
    await expect(send({ url }, 'HEAD', 'team/app/manifests/one')).rejects.toThrow();
    await running.restart();
    expect((await send({ url }, 'HEAD', 'team/app/manifests/one')).status).toBe(200);
  });

  test('removes the storage it made and leaves the one it was given', async () => {
    const root = await mkdtemp(join(tmpdir(), 'registry-prune-given-'));
    try {
      const given = await registry.start({ root });
      const own = await registry.start();
      await pushImage({ url: given.url }, { repository: 'app', tags: ['one'] });
      await given.close();
      await own.close();
      expect(existsSync(root)).toBe(true);
      expect(existsSync(own.root)).toBe(false);
      const again = await started(registry, { root });
      expect((await send({ url: again.url }, 'HEAD', 'app/manifests/one')).status).toBe(200);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });

  const tools = pullTools();
  if (tools.length === 0) test.skip('skopeo and crane: neither is on this machine', () => undefined);
  describe.each(tools.map((tool) => [tool.name, tool] as const))('%s', (_, tool) => {
    test('pulls every platform byte for byte', async () => {
      const { url } = await started(registry);
      const index = await pushMultiPlatform(
        { url },
        {
          repository: 'team/app',
          tags: ['multi'],
          platforms: [
            { os: 'linux', architecture: 'amd64' },
            { os: 'linux', architecture: 'arm64' },
          ],
        },
      );
      const reference = referenceOf(url, 'team/app:multi');
      expect(Buffer.from(await tool.manifest(reference))).toEqual(Buffer.from(index.bytes));
      const pulled = await tool.pull(reference);
      for (const child of index.children)
        for (const { digest } of [child, ...child.blobs]) expect([...pulled.keys()]).toContain(digest);
      await tool.copy(reference, referenceOf(url, 'team/copy:multi'));
      expect((await send({ url }, 'HEAD', `team/copy/manifests/${index.children[1]?.digest ?? ''}`)).status).toBe(200);
    });

    test('fails on what is not there', async () => {
      const { url } = await started(registry);
      await expect(tool.pull(referenceOf(url, 'team/app:gone'))).rejects.toThrow();
    });
  });
});

describeReal(
  'a real registry with deletes disabled',
  (registry) => {
    test('says so in JSON, and deletes again after a restart with deletes enabled', async () => {
      const running = await started(registry, { deletes: 'disabled' });
      const { url } = running;
      await pushImage({ url }, { repository: 'app', tags: ['one'] });
      const path = `app/manifests/${neverExisted}`;
      const refused = await send({ url }, 'DELETE', path);
      expect(refused.status).toBe(405);
      expect(refused.body).toContain('UNSUPPORTED');
      await running.restart({ deletes: 'enabled' });
      expect((await send({ url }, 'DELETE', path)).status).toBe(404);
    });
  },
  ['deletes-disabled'],
);

describeReal(
  'a read-only real registry',
  (registry) => {
    test('serves and says 405 in plain text to every write', async () => {
      const running = await started(registry);
      const { url } = running;
      await pushImage({ url }, { repository: 'app', tags: ['one'] });
      await running.restart({ deletes: 'read-only' });
      expect((await send({ url }, 'HEAD', 'app/manifests/one')).status).toBe(200);
      const refused = await send({ url }, 'DELETE', `app/manifests/${neverExisted}`);
      expect(refused.status).toBe(405);
      expect(refused.headers.get('allow')).toBe('GET, HEAD');
      expect(refused.headers.get('content-type')).toContain('text/plain');
      await expect(pushImage({ url }, { repository: 'app', tags: ['two'] })).rejects.toThrow('405');
    });
  },
  ['read-only'],
);

describeReal(
  'a real registry with passwords',
  (registry) => {
    test('lets in who knows one', async () => {
      const { url } = await started(registry, { htpasswd: { username: 'robot', password: knownPassword } });
      const basic = (password: string): Target => ({
        url,
        authorization: `Basic ${Buffer.from(`robot:${password}`).toString('base64')}`,
      });
      expect((await send({ url }, 'GET', '')).status).toBe(401);
      expect((await send(basic('wrong'), 'GET', '')).status).toBe(401);
      await pushImage(basic(knownPassword), { repository: 'app', tags: ['one'] });
      for (const tool of pullTools()) {
        const reference = referenceOf(url, 'app:one');
        await expect(tool.manifest(reference)).rejects.toThrow();
        const bytes = await tool.manifest(reference, { username: 'robot', password: knownPassword });
        expect(bytes.length).toBeGreaterThan(0);
      }
    });
  },
  ['htpasswd'],
);

describeReal(
  'a real registry with tokens',
  (registry) => {
    /** May do everything in `open`, and everything but delete in `guarded`. */
    async function startedWithTokens(): Promise<{ readonly url: string; readonly tokens: TokenServer }> {
      const tokens = await startTokenServer({
        accounts: { robot: 'secret' },
        allow: (account, { name, action }) =>
          account === 'robot' && (name === 'open' || (name === 'guarded' && action !== 'delete')),
      });
      toClose.push(tokens);
      return { url: (await started(registry, { token: tokens.settings })).url, tokens };
    }

    test('asks for exactly the right to delete, and names the token server', async () => {
      const { url, tokens } = await startedWithTokens();
      const answer = await send({ url }, 'DELETE', `open/manifests/${neverExisted}`);
      expect(answer.status).toBe(401);
      const challenge = answer.headers.get('www-authenticate');
      expect(challenge).toContain(`realm="${tokens.settings.realm}"`);
      expect(challenge).toContain('scope="repository:open:delete"');
    });

    test('lets a push through and refuses the deletion in the one repository without the right', async () => {
      const { url, tokens } = await startedWithTokens();
      const granted = async (repository: string): Promise<Target> => {
        const query = new URLSearchParams({
          service: tokens.settings.service,
          scope: `repository:${repository}:pull,push,delete`,
        });
        const answer = await fetch(`${tokens.settings.realm}?${query.toString()}`, {
          headers: { authorization: `Basic ${Buffer.from('robot:secret').toString('base64')}` },
        });
        const { token } = (await answer.json()) as { readonly token: string };
        return { url, authorization: `Bearer ${token}` };
      };
      for (const repository of ['open', 'guarded'])
        await pushImage(await granted(repository), { repository, tags: ['one'] });
      const path = `manifests/${neverExisted}`;
      expect((await send(await granted('open'), 'DELETE', `open/${path}`)).status).toBe(404);
      const refused = await send(await granted('guarded'), 'DELETE', `guarded/${path}`);
      expect(refused.status).toBe(401);
      expect(refused.headers.get('www-authenticate')).toContain('insufficient_scope');
      expect(tokens.asked.at(-1)).toEqual({ account: 'robot', scopes: ['repository:guarded:pull,push,delete'] });
    });

    test('takes a token of any scope that a test makes, and no password of another', async () => {
      const { url, tokens } = await startedWithTokens();
      const authorization = tokens.authorization('repository:guarded:pull,push', 'repository:guarded:delete');
      await pushImage({ url, authorization }, { repository: 'guarded', tags: ['one'] });
      expect((await send({ url, authorization }, 'DELETE', `guarded/manifests/${neverExisted}`)).status).toBe(404);
      const wrong = await fetch(tokens.settings.realm, {
        headers: { authorization: `Basic ${Buffer.from('robot:wrong').toString('base64')}` },
      });
      expect(wrong.status).toBe(401);
    });

    test('lets skopeo and crane in by the same way', async () => {
      const { url } = await startedWithTokens();
      for (const tool of pullTools())
        await expect(
          tool.manifest(referenceOf(url, 'open:gone'), { username: 'robot', password: 'secret' }),
        ).rejects.toThrow(/manifest unknown|MANIFEST_UNKNOWN|name unknown|NAME_UNKNOWN/);
    });
  },
  ['token'],
);
