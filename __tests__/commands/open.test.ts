/** Whose account it is, and what of it is hidden. */
import { describe, expect, test } from '@jest/globals';
import { pushImage } from '../../sandbox/push.ts';
import type { SandboxAuth } from '../../sandbox/registry.ts';
import { hidden, hide } from '../../src/runtime/secrets.ts';
import type { MemoryRuntime } from '../support/runtime.ts';
import { runPrune, useRegistry } from './step.ts';

const start = useRegistry();
const username = 'ci';
const password = 'correct horse battery';
const rule = { repositories: 'apps/web', tags: '*', 'keep-last': '1' };
const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

async function runWith(
  auth: SandboxAuth,
  inputs: Readonly<Record<string, string>>,
  dockerConfig?: (host: string) => object,
): Promise<MemoryRuntime> {
  const registry = await start({ auth });
  await pushImage(registry, { repository: 'apps/web', tags: ['v1'] });
  const host = new URL(registry.url).host;
  const env = dockerConfig === undefined ? {} : { DOCKER_AUTH_CONFIG: JSON.stringify(dockerConfig(host)) };
  return runPrune(registry, { ...rule, ...inputs }, { env, homeDir: '/nowhere' });
}

describe('secrets are hidden', () => {
  const basic: SandboxAuth = { kind: 'basic', username, password };
  const token: SandboxAuth = {
    kind: 'token',
    users: [{ username, password, identityToken: 'an-identity-token' }],
  };

  test("the inputs' password, alone and as it travels", async () => {
    const runtime = await runWith(basic, { username, password });
    expect(runtime.failures).toEqual([]);
    expect(runtime.secrets).toContain(password);
    expect(runtime.secrets).toContain(base64(`${username}:${password}`));
    expect(runtime.lines[0]).toMatch(/, credentials: inputs$/);
  });

  test("the password of Docker's configuration", async () => {
    const runtime = await runWith(basic, {}, (host) => ({
      auths: { [host]: { auth: base64(`${username}:${password}`) } },
    }));
    expect(runtime.failures).toEqual([]);
    expect(runtime.secrets).toContain(password);
    expect(runtime.lines[0]).toContain('DOCKER_AUTH_CONFIG');
  });

  test("the identity token of Docker's configuration, and every token that is given for it", async () => {
    const runtime = await runWith(token, {}, (host) => ({ auths: { [host]: { identitytoken: 'an-identity-token' } } }));
    expect(runtime.failures).toEqual([]);
    expect(runtime.secrets).toContain('an-identity-token');
    expect(runtime.secrets.length).toBeGreaterThan(1);
  });

  test('every token that is given for a password', async () => {
    const runtime = await runWith(token, { username, password });
    expect(runtime.failures).toEqual([]);
    const others = runtime.secrets.filter((each) => each !== password && each !== base64(`${username}:${password}`));
    expect(others.length).toBeGreaterThan(0);
  });

  test('the password of inputs that are refused', async () => {
    const registry = await start();
    const runtime = await runPrune(registry, { ...rule, username, password, 'keep-last': 'many' });
    expect(runtime.secrets).toContain(password);
    expect(registry.requests).toEqual([]);
  });

  test('none stands in log, summary, outputs or files', async () => {
    const runtime = await runWith(token, { username, password });
    const told = [...runtime.lines, runtime.summary(), ...runtime.outputs.values(), ...runtime.memory.values()].join(
      '\n',
    );
    expect(runtime.secrets.length).toBeGreaterThan(2);
    expect(hide(told, runtime.secrets)).not.toContain(hidden);
  });
});

test('nobody has no secrets', async () => {
  const runtime = await runWith({ kind: 'none' }, {});
  expect(runtime.secrets).toEqual([]);
  expect(runtime.lines[0]).toMatch(/, credentials: anonymous$/);
});

test('every request is told where the run is debugged, without query secrets', async () => {
  const runtime = await runWith({ kind: 'none' }, {});
  const requests = runtime.lines.filter((line) => line.startsWith('debug: '));
  expect(requests).toContainEqual(expect.stringMatching(/^debug: GET \/v2\/apps\/web\/manifests\/v1 200 \d+ ms$/));
});
