/**
 * What a person sees of the command line, screen by screen, on a terminal of 100 columns. Each text in screens/ is what tmux
 * had there, with what differs from run to run under fixed names. With UPDATE_SCENARIOS=1 they are written anew, to be
 * looked at before they are committed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { pushImage, pushMultiPlatform, tag } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import { sshServerMissing, startSshServer } from '../real/ssh-server.ts';
import { openScreen, tmuxMissing, type Screen, type ScreenOptions } from './tmux.ts';

// A process each; on a busy machine its start alone takes seconds.
jest.setTimeout(240_000);

const folder = join(import.meta.dirname, 'screens');

/** Nothing here is as wide as the figures that it takes the place of may be, so no column moves. */
function plain(text: string, screen: Screen): string {
  return `$ ${screen.typed}\n${text}`
    .replaceAll(screen.folder, '/tmp/rp-abcdef')
    .replace(/registry-prune-\d{14}-[0-9a-f]+\./g, 'registry-prune-20261122013000-0a1b2c.')
    .replace(/(127\.0\.0\.1\]?:)\d{5}/g, '$150000')
    .replace(/-p \d{5} /g, '-p 50000 ')
    .replace(/sha256:[0-9a-f]{12}…/g, 'sha256:0123456789ab…')
    .replace(/, [\d,.]+\/s(?:, about [\d.]+ (?:s|min|h) left)?/g, ', 12/s, about 3 s left');
}

function compare(name: string, text: string): void {
  const file = join(folder, `${name}.txt`);
  if (process.env.UPDATE_SCENARIOS === '1') writeFileSync(file, text);
  expect(existsSync(file) ? readFileSync(file, 'utf8') : `${file} is missing: run with UPDATE_SCENARIOS=1`).toBe(text);
}

const describeScreens = tmuxMissing === undefined ? describe : describe.skip;
describeScreens(`screens${tmuxMissing === undefined ? '' : `: ${tmuxMissing}`}`, () => {
  const open: { readonly close: () => Promise<unknown> }[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.close();
  });
  const show = async (args: readonly string[], options?: ScreenOptions): Promise<Screen> => {
    const screen = await openScreen(args, options);
    open.push(screen);
    return screen;
  };
  const started = async (...options: Parameters<typeof startSandboxRegistry>): Promise<SandboxRegistry> => {
    const registry = await startSandboxRegistry(...options);
    open.push(registry);
    return registry;
  };
  /** The end of it, which is held to the file. */
  const keeps = async (name: string, screen: Screen): Promise<void> => {
    compare(name, plain(await screen.ended(), screen));
    expect(await screen.breaksLines()).toBe(false);
  };

  test.each([
    ['help', ['--help']],
    ['help-prune', ['help', 'prune']],
    ['misspelt-option', ['prune', 'localhost:5000', '--kep-last', '3']],
    ['misspelt-command', ['pruen', 'localhost:5000']],
    ['password-as-an-option', ['ls', 'localhost:5000', '--username', 'me', '--password', 'open-sesame']],
    ['bad-inputs', ['plan', 'localhost:5000', '--repositories', 'apps/*', '--tags', 'b-{numbr}', '--keep-last', 'ten']],
  ])('%s', async (name, args) => {
    await keeps(name, await show(args));
  });

  test('help on a terminal as narrow as most begin', async () => {
    await keeps('help-80', await show(['--help'], { columns: 80, rows: 24 }));
  });

  describe('on a registry', () => {
    let registry: SandboxRegistry;
    const megabytes = (count: number, seed: number): Uint8Array => new Uint8Array(count * 1024 * 1024).fill(seed);
    const daysAgo = (days: number): string => new Date(Date.now() - (days * 24 + 1) * 3_600_000).toISOString();
    beforeEach(async () => {
      registry = await started({ profile: 'distribution-3.1' });
      const target = registry.direct;
      for (const number of [1, 2, 3, 4])
        await pushImage(target, {
          repository: 'apps/web',
          tags: [`build-${number}`],
          created: daysAgo(100 - number * 20),
          layers: [megabytes(3, number)],
        });
      const shared = await pushImage(target, {
        repository: 'apps/web',
        tags: ['build-5', 'latest'],
        created: daysAgo(1),
      });
      await tag(target, shared, 'stable');
      for (const number of [7, 8])
        await pushMultiPlatform(target, {
          repository: 'apps/api-gateway',
          tags: [`build-${number}`],
          created: daysAgo(80 - number),
          layers: [megabytes(1, number)],
          platforms: [
            { os: 'linux', architecture: 'amd64' },
            { os: 'linux', architecture: 'arm64' },
          ],
          attestations: true,
        });
      await pushImage(target, { repository: 'apps/docs', tags: ['build-1'], created: '1970-01-01T00:00:00Z' });
      registry.forgetRequests();
    });
    /** All of it stands there. */
    const question = /Yes \/ ● No\n└\n$/;
    const rule = ['--repositories', 'apps/*', '--tags', 'build-{number}', '--keep-last', '1', '--older-than', '30d'];

    test('a list', async () => {
      await keeps('list', await show(['ls', registry.url]));
    });

    test('a dry run', async () => {
      await keeps('dry-run', await show(['prune', registry.url, ...rule, '--dry-run']));
    });

    test('a dry run on a terminal as narrow as most begin, with names as long as some are', async () => {
      const repository = 'platform/payments/settlement-gateway';
      for (const number of [41, 42])
        await pushImage(registry.direct, {
          repository,
          tags: [`feature-payment-requests-${number}`],
          created: daysAgo(200 - number),
          layers: [megabytes(2, number)],
        });
      const given = ['--repositories', '**', '--tags', '*-{number}', '--keep-last', '1'];
      await keeps('dry-run-80', await show(['plan', registry.url, ...given], { columns: 80, rows: 24 }));
    });

    test('a real run', async () => {
      const held = Promise.withResolvers<undefined>();
      registry.before({ method: 'DELETE', path: /apps\/web/ }, () => held.promise);
      const screen = await show(['prune', registry.url, ...rule]);
      compare('real-run-asks', plain(await screen.until(question), screen));
      expect(registry.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([]);
      await screen.press('y');
      // The first repository is done, the second one not begun, for as long as we like.
      compare('real-run-deletes', plain(await screen.until(/\ndeleting .* 6 of 12 .* left\n$/), screen));
      held.resolve(undefined);
      await keeps('real-run', screen);
    });

    test('the bar of what is read', async () => {
      const held = Promise.withResolvers<undefined>();
      registry.before({ path: /apps\/web\/manifests\/build-4/ }, () => held.promise);
      const screen = await show(['plan', registry.url, ...rule]);
      compare('reading', plain(await screen.until(/\nreading .* 9 of about 10 .* left\n$/), screen));
      held.resolve(undefined);
      expect(await screen.ended()).not.toContain('reading');
    });

    test('Ctrl-C while it reads', async () => {
      const held = Promise.withResolvers<undefined>();
      registry.before({ path: /apps\/web\/manifests\/build-4/ }, () => held.promise);
      const screen = await show(['prune', registry.url, ...rule]);
      await screen.until(/\nreading .* 9 of about 10 .* left\n$/);
      await screen.press('C-c');
      await keeps('interrupted', screen);
      held.resolve(undefined);
    });

    test('no', async () => {
      const screen = await show(['prune', registry.url, ...rule]);
      await screen.until(question);
      await screen.press('n');
      await keeps('real-run-declined', screen);
      expect(registry.requests.filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([]);
    });
  });

  test('a wrong password', async () => {
    const registry = await started({ auth: { kind: 'basic', username: 'me', password: 'right' } });
    await keeps(
      'wrong-password',
      await show(['ls', registry.url, '--username', 'me'], { env: { REGISTRY_PRUNE_PASSWORD: 'wrong' } }),
    );
  });

  const withServer = sshServerMissing === undefined ? test : test.skip;
  withServer(`a refused host key${sshServerMissing === undefined ? '' : `: ${sshServerMissing}`}`, async () => {
    const server = await startSshServer();
    open.push({ close: () => server.stop() });
    const registry = await started();
    // Whoever that is: nobody is asked before the host is known.
    const login = `deploy@${server.host}:${server.port}`;
    await keeps(
      'refused-host-key',
      await show(['gc', registry.url, '--registry-service', 'docker:registry', '--ssh-host', login]),
    );
  });
});
