/** The registry's calls when the run is interrupted: what is sent still, what is given up, and what is waited for. */
import { describe, expect, test } from '@jest/globals';
import type { RegistryOptions } from '../../src/registry/index.ts';
import { digest, repository, tag, type Client, type Script, type Scripted, type TestServer } from './server.ts';
import { useSite } from './site.ts';

const site = useSite();
const doomed = digest(`sha256:${'a'.repeat(64)}`);
const other = digest(`sha256:${'b'.repeat(64)}`);
const list: Scripted = { body: { name: 'apps/web', tags: ['v1'] } };

type Setup = {
  readonly server: TestServer;
  readonly registry: Client;
  readonly interrupt: () => void;
  readonly end: () => void;
  readonly interrupted: Error;
  readonly over: Error;
};

async function setup(
  script: (interrupt: () => void, end: () => void) => Script,
  options: Partial<RegistryOptions> = {},
): Promise<Setup> {
  const [asked, stop] = [new AbortController(), new AbortController()];
  const [interrupted, over] = [new Error('interrupted'), new Error('out of time')];
  const interrupt = (): void => {
    asked.abort(interrupted);
  };
  const end = (): void => {
    stop.abort(over);
  };
  const server = await site.serve(script(interrupt, end));
  const registry = site.connectTo(
    server.url,
    { kind: 'anonymous' },
    { ...options, interrupted: asked.signal, signal: stop.signal },
  );
  return { server, registry, interrupt, end, interrupted, over };
}

describe('after the interruption', () => {
  test('a read that is under way is given up, and none is sent any more', async () => {
    const never = new Promise<Scripted>(() => undefined);
    const { server, registry, interrupted } = await setup((interrupt) => () => {
      interrupt();
      return never;
    });
    await expect(registry.listTags(repository())).rejects.toBe(interrupted);
    await expect(registry.headManifest(repository(), tag('v1'))).rejects.toBe(interrupted);
    await expect(registry.listRepositories()).rejects.toBe(interrupted);
    expect(server.seen).toHaveLength(1);
  });

  test('a deletion that is under way is finished, and those that wait for their turn are not sent', async () => {
    const script = (interrupt: () => void): Script => {
      return () => {
        interrupt();
        return { status: 202 };
      };
    };
    const { server, registry, interrupted } = await setup(script, { concurrency: 1 });
    const [first, ...rest] = await Promise.allSettled(
      [doomed, other, tag('v1')].map((reference) => registry.deleteManifest(repository(), reference)),
    );
    expect(first).toEqual({ status: 'fulfilled', value: { kind: 'deleted', certain: true } });
    expect(rest).toEqual([
      { status: 'rejected', reason: interrupted },
      { status: 'rejected', reason: interrupted },
    ]);
    expect(server.seen).toHaveLength(1);
  });

  test('a deletion that got no good answer is not tried again, and that answer stands', async () => {
    const pause = new Promise<void>(() => undefined);
    const { server, registry } = await setup(
      (interrupt) => () => {
        // The answer is on its way first.
        setImmediate(interrupt);
        return { status: 503 };
      },
      { sleep: () => pause },
    );
    expect(await registry.deleteManifest(repository(), doomed)).toMatchObject({ kind: 'refused', status: 503 });
    expect(server.seen).toHaveLength(1);
  });

  test('a read that got no good answer is given up while it waits', async () => {
    const asleep = Promise.withResolvers<undefined>();
    const { server, registry, interrupt, interrupted } = await setup(() => () => ({ status: 503 }), {
      sleep: () => {
        asleep.resolve(undefined);
        return new Promise(() => undefined);
      },
    });
    const listing = registry.listTags(repository());
    void asleep.promise.then(interrupt);
    await expect(listing).rejects.toBe(interrupted);
    expect(server.seen).toHaveLength(1);
  });

  test('nobody is held by a Retry-After any more', async () => {
    const asleep = Promise.withResolvers<undefined>();
    const { server, registry, interrupt, interrupted } = await setup(
      () =>
        ({ method }) =>
          method === 'DELETE' ? { status: 202 } : { status: 429, headers: { 'retry-after': '200' } },
      {
        concurrency: 1,
        sleep: () => {
          asleep.resolve(undefined);
          return new Promise(() => undefined);
        },
      },
    );
    const heads = [1, 2, 3].map((number) => registry.headManifest(repository(), tag(`v${number}`)));
    void asleep.promise.then(interrupt);
    for (const one of await Promise.allSettled(heads)) expect(one).toEqual({ status: 'rejected', reason: interrupted });
    expect(await registry.finishing.deleteManifest(repository(), doomed)).toMatchObject({ kind: 'deleted' });
    expect(server.lines()).toEqual(['HEAD /v2/apps/web/manifests/v1', `DELETE /v2/apps/web/manifests/${doomed}`]);
  });
});

describe('what is to be finished', () => {
  test('is read, written and tried again all the same, with a token where that is wanted', async () => {
    let token = '';
    const { server, registry, interrupt } = await setup(() => ({ method, path, headers }, index) => {
      if (path.startsWith('/token')) {
        token = `token${index}`;
        return { body: { token } };
      }
      if (headers.authorization !== `Bearer ${token}`)
        return {
          status: 401,
          headers: { 'www-authenticate': `Bearer realm="http://${headers.host ?? ''}/token",service="registry"` },
        };
      if (method === 'GET') return list;
      return server.seen.filter((seen) => seen.method === 'DELETE').length < 3 ? { status: 503 } : { status: 202 };
    });
    interrupt();
    const { finishing } = registry;
    expect(await finishing.listTags(repository())).toMatchObject({ kind: 'listed', tags: ['v1'] });
    expect(await finishing.deleteManifest(repository(), doomed)).toEqual({ kind: 'deleted', certain: true });
    expect(registry.slept.length).toBeGreaterThan(0);
    expect(finishing.finishing).toBe(finishing);
  });

  test('ends with the time that there is for it, by another reason', async () => {
    const never = new Promise<Scripted>(() => undefined);
    const { server, registry, interrupt, over } = await setup((_, end) => () => {
      end();
      return never;
    });
    interrupt();
    await expect(registry.finishing.deleteManifest(repository(), doomed)).rejects.toBe(over);
    await expect(registry.finishing.listTags(repository())).rejects.toBe(over);
    expect(server.seen).toHaveLength(1);
  });

  test('a deletion that is under way when the time is over may be done: it doesn’t say the reason of those not sent', async () => {
    const never = new Promise<Scripted>(() => undefined);
    const { registry, over, interrupted } = await setup(
      (interrupt, end) => () => {
        interrupt();
        end();
        return never;
      },
      { concurrency: 1 },
    );
    const [first, second] = await Promise.allSettled(
      [doomed, other].map((reference) => registry.deleteManifest(repository(), reference)),
    );
    expect(first).toEqual({ status: 'rejected', reason: over });
    expect(second).toEqual({ status: 'rejected', reason: interrupted });
  });
});
