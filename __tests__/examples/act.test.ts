/**
 * The examples as another program understands workflows: nektos/act, with its own reading of triggers, expressions and
 * matrices. It runs them on this machine itself, so that no image is pulled; the files are those of examples/, unchanged.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { allPullProblems, tagsOf as listedTags } from '../real/pruning.ts';
import { knownPassword, whatIsHere } from '../real/registries.ts';
import { describeReal } from '../real/suites.ts';
import { repository as onGitHub, startGitHub, type GitHubServer } from '../support/github/server.ts';
import { openNetwork } from './network.ts';
import { eventFile, registryHost, shop, type ExampleOptions } from './run-example.ts';
import { daysAgo, numbered, pushTags, secrets, startRegistry, tagsOf } from './shop.ts';
import { exampleFolder } from './workflow.ts';

// Workflows in a program of their own, and real registries.
jest.setTimeout(180_000);

const root = join(import.meta.dirname, '..', '..');
const found = whatIsHere().tools.find(({ name }) => name === 'act');

type ActRun = { readonly code: number | null; readonly log: string };

/** Takes the place of an action whose work is GitHub's. */
const idleAction =
  "name: idle\ndescription: Nothing.\nruns: { using: composite, steps: [{ run: 'true', shell: sh }] }\n";

type ActOptions = ExampleOptions & {
  /** This job alone, with those that it needs. */
  readonly job?: string;
};

/** Runs examples/`name`.yml in a repository that has these files. */
async function act(path: string, name: string, options: ActOptions): Promise<ActRun> {
  const { event, registries, github, files = {} } = options;
  const folder = await mkdtemp(join(tmpdir(), 'registry-prune-act-'));
  const network = await openNetwork(registries);
  try {
    const [repository, action, idle] = [join(folder, 'repository'), join(folder, 'action'), join(folder, 'idle')];
    for (const [file, text] of Object.entries({ ...files, 'README.md': 'The shop\n' })) {
      await mkdir(dirname(join(repository, file)), { recursive: true });
      await writeFile(join(repository, file), text);
    }
    // What a release has, and what `uses:` gets of it.
    for (const part of ['action.yml', 'gc', 'restore', 'dist'])
      await cp(join(root, part), join(action, part), { recursive: true });
    await mkdir(idle);
    await writeFile(join(idle, 'action.yml'), idleAction);
    const token = github?.token ?? 'ghs_NobodyAsksWithThis';
    const secretFile = join(folder, 'secrets');
    const lines = Object.entries({ ...options.secrets, GITHUB_TOKEN: token });
    await writeFile(secretFile, lines.map(([key, text]) => `${key}="${text}"\n`).join(''), { mode: 0o600 });
    const env = {
      ...network.env,
      GITHUB_REPOSITORY: shop,
      GITHUB_API_URL: github?.apiUrl ?? 'https://api.github.com',
    };
    const words = [
      event.name,
      ...['--directory', repository, '--workflows', join(exampleFolder, `${name}.yml`)],
      ...['--eventpath', eventFile(event), '--secret-file', secretFile],
      ...['--platform', 'ubuntu-latest=-self-hosted', '--pull=false', '--no-cache-server'],
      ...['--local-repository', `OWNER/registry-prune@v1=${action}`],
      ...['--local-repository', `actions/upload-artifact@v7=${idle}`],
      ...(options.job === undefined ? [] : ['--job', options.job]),
      ...Object.entries(env).flatMap(([key, text]) => ['--env', `${key}=${text}`]),
    ];
    const ran = await started(path, words, {
      ...network.env,
      // act runs `using: node24` with the node that it finds, as a runner has it: ours is one.
      PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
      HOME: join(folder, 'home'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      // Else it asks its makers for news.
      ACT_DISABLE_VERSION_CHECK: '1',
    });
    expect(network.strangers).toEqual([]);
    const passwords = lines.flatMap(([key, text]) => (/PASSWORD|TOKEN/.test(key) ? [text] : []));
    for (const password of passwords) expect(ran.log).not.toContain(password);
    return ran;
  } finally {
    await network.close();
    await rm(folder, { recursive: true });
  }
}

function started(path: string, words: readonly string[], env: Readonly<Record<string, string>>): Promise<ActRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, log });
    });
  });
}

/** With the log in sight where it went wrong. */
function expectSuccess(ran: ActRun): void {
  expect(ran).toEqual({ code: 0, log: expect.stringContaining('Job succeeded') });
}

if (found === undefined) {
  const why = whatIsHere().missing.find(({ name }) => name === 'act')?.why;
  test.skip(`the examples by act: ${why ?? 'not on this machine'}`, () => undefined);
} else {
  const { path } = found;

  describeReal(
    'after a build, by act,',
    (real) => {
      test('the newest ten stay, byte for byte', async () => {
        const running = await real.start({ htpasswd: { username: 'pruner', password: knownPassword } });
        try {
          const basic = Buffer.from(`pruner:${knownPassword}`).toString('base64');
          const target = { url: running.url, authorization: `Basic ${basic}` };
          const builds = await pushTags(target, 'apps/web', numbered('build-', 1, 12));
          await pushTags(target, 'apps/web', ['latest', 'main']);
          const ran = await act(path, 'after-a-build', {
            event: { name: 'push', file: 'push.json' },
            registries: { [registryHost]: running.url },
            secrets: { REGISTRY_USERNAME: 'pruner', REGISTRY_PASSWORD: knownPassword },
          });
          expectSuccess(ran);
          const kept = numbered('build-', 3, 12);
          expect(await listedTags(target, 'apps/web')).toEqual([...kept, 'latest', 'main'].sort());
          const pairs = builds.slice(2).map((build, index) => [kept[index] ?? '', build] as const);
          const login = { username: 'pruner', password: knownPassword };
          expect(await allPullProblems(target, pairs, login)).toEqual([]);
        } finally {
          await running.close();
        }
      });
    },
    ['htpasswd'],
  );

  describe('by act', () => {
    let github: GitHubServer;
    beforeEach(async () => {
      const pulls = [12, 40].map((number) => ({ number, state: 'closed' as const }));
      const branches = ['main', 'feature/other'];
      github = await startGitHub([
        onGitHub(shop, { pulls: [...pulls, { number: 1, state: 'open' }, { number: 123, state: 'open' }], branches }),
      ]);
    });
    afterEach(() => github.close());

    test.each([
      ['pull-request-closed', 'pull_request_target', 'pull-request-target-closed.json', ['pr-12', 'pr-12-arm64']],
      ['sweep-previews', 'schedule', 'schedule-sweep-previews.json', ['pr-12', 'pr-12-arm64', 'pr-40']],
      ['branch-deleted', 'delete', 'branch-deleted.json', ['branch-feature-Login-Page-0a1b2c3']],
      ['branch-deleted', 'delete', 'tag-deleted.json', []],
      [
        'nightly',
        'workflow_dispatch',
        'workflow-dispatch.json',
        ['branch-feature-Login-Page-0a1b2c3', 'branch-long-gone-0a1b2c3', 'pr-12', 'pr-12-arm64'],
      ],
    ])('%s on %s with %s takes %j', async (name, eventName, file, doomed) => {
      const web = [
        ...['pr-1', 'pr-12', 'pr-12-arm64', 'pr-123', 'pr-40', 'pr-999'],
        ...['branch-feature-Login-Page-0a1b2c3', 'branch-long-gone-0a1b2c3', 'branch-main-0a1b2c3'],
        ...['latest', 'stable', ...numbered('v1.', 0, 19).map((each) => `${each}.0`)],
      ].sort();
      const registry = await startRegistry();
      try {
        await pushTags(registry, 'apps/web', web);
        const ran = await act(path, name, {
          event: { name: eventName, file },
          registries: { [registryHost]: registry.url },
          secrets,
          github,
          files: {
            'examples/policy.yml': await readFile(join(exampleFolder, 'policy.yml'), 'utf8'),
            'deploy/compose.yml': `services:\n  web:\n    image: ${registryHost}/apps/web:pr-40\n`,
          },
        });
        expect(ran.code === 0 ? '' : ran.log).toBe('');
        expect(tagsOf(registry, 'apps/web')).toEqual(web.filter((each) => !doomed.includes(each)));
      } finally {
        await registry.close();
      }
    });

    test('sharded prunes in as many jobs as the planning one says', async () => {
      const registry = await startRegistry();
      try {
        for (const repository of ['apps/api', 'apps/web'])
          await pushTags(registry, repository, numbered('build-', 1, 12));
        const ran = await act(path, 'sharded', {
          event: { name: 'workflow_dispatch', file: 'workflow-dispatch.json' },
          registries: { [registryHost]: registry.url },
          secrets,
          // The one after it collects, on a host that isn't here.
          job: 'prune',
        });
        expectSuccess(ran);
        expect(ran.log).toContain('Shard 1/1: 2 repositories of 2');
        const kept = [...numbered('build-', 3, 12)].sort();
        expect(['apps/api', 'apps/web'].map((repository) => tagsOf(registry, repository))).toEqual([kept, kept]);
      } finally {
        await registry.close();
      }
    });

    test('several-registries prunes each with its own account', async () => {
      const [main, eu] = await Promise.all([
        startRegistry({ REGISTRY_USERNAME: 'main', REGISTRY_PASSWORD: 'of the main one' }),
        startRegistry({ REGISTRY_USERNAME: 'eu', REGISTRY_PASSWORD: 'of the other one' }),
      ]);
      try {
        for (const registry of [main, eu])
          await pushTags(registry, 'apps/web', numbered('build-', 1, 12), { created: daysAgo(40) });
        const ran = await act(path, 'several-registries', {
          event: { name: 'workflow_dispatch', file: 'workflow-dispatch.json' },
          registries: { [registryHost]: main.url, 'registry.eu.example.com': eu.url },
          secrets: {
            MAIN_REGISTRY_USERNAME: 'main',
            MAIN_REGISTRY_PASSWORD: 'of the main one',
            EU_REGISTRY_USERNAME: 'eu',
            EU_REGISTRY_PASSWORD: 'of the other one',
          },
        });
        expectSuccess(ran);
        const kept = [...numbered('build-', 3, 12)].sort();
        expect([main, eu].map((registry) => tagsOf(registry, 'apps/web'))).toEqual([kept, kept]);
      } finally {
        await Promise.all([main.close(), eu.close()]);
      }
    });
  });
}
