import { describe, expect, test } from '@jest/globals';
import { clientEnvironment, hostEnvironment } from '../../src/machine/environment.ts';

const env = {
  PATH: '/bin',
  HOME: '/home/runner',
  LC_ALL: 'C',
  DOCKER_HOST: 'unix:///run/docker.sock',
  XDG_RUNTIME_DIR: '/run/user/1000',
  KUBECONFIG: '/home/runner/.kube/config',
  AWS_ACCESS_KEY_ID: 'id',
  https_proxy: 'http://proxy:3128',
  NOT_SET: undefined,
  TUNNEL_SERVICE_TOKEN_SECRET: 'of a proxy command',
  DEPLOY_KEY: 'secret',
  REGISTRY_AUTH: 'htpasswd',
  RUNNER_TRACKING_ID: 'github_1',
  INPUT_PASSWORD: 'secret',
  'INPUT_SSH-KEY': 'secret',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret',
  GITHUB_TOKEN: 'secret',
  DOCKER_AUTH_CONFIG: 'secret',
  REGISTRY_PRUNE_PASSPHRASE: 'secret',
  SSH_ASKPASS: '/usr/bin/ask',
};

describe('the environment', () => {
  test('of the shell on this machine is what is known to be needed, and nothing else', () => {
    expect(hostEnvironment(env)).toEqual({
      PATH: '/bin',
      HOME: '/home/runner',
      LC_ALL: 'C',
      DOCKER_HOST: 'unix:///run/docker.sock',
      XDG_RUNTIME_DIR: '/run/user/1000',
      KUBECONFIG: '/home/runner/.kube/config',
      AWS_ACCESS_KEY_ID: 'id',
      https_proxy: 'http://proxy:3128',
    });
  });

  test("of ssh is all but this program's secrets and the job's", () => {
    const { INPUT_PASSWORD, ACTIONS_ID_TOKEN_REQUEST_TOKEN, GITHUB_TOKEN, ...rest } = env;
    expect([INPUT_PASSWORD, ACTIONS_ID_TOKEN_REQUEST_TOKEN, GITHUB_TOKEN]).not.toContain(undefined);
    const seen = clientEnvironment(env);
    expect(Object.keys(rest).filter((name) => !(name in seen))).toEqual([
      'NOT_SET',
      'INPUT_SSH-KEY',
      'DOCKER_AUTH_CONFIG',
      'REGISTRY_PRUNE_PASSPHRASE',
      'SSH_ASKPASS',
    ]);
    for (const name of ['INPUT_PASSWORD', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'GITHUB_TOKEN'])
      expect(seen).not.toHaveProperty(name);
    expect(seen.TUNNEL_SERVICE_TOKEN_SECRET).toBe('of a proxy command');
  });
});
