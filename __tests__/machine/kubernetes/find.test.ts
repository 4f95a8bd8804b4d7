// What is found of a registry in Kubernetes, with the real kubectl.

import { afterEach, describe, expect, test } from '@jest/globals';
import { MachineError } from '../../../src/machine/index.ts';
import { findKubernetesService } from '../../../src/machine/kubernetes.ts';
import { errorOf } from '../host-contract.ts';
import { runId, secret, startLab, type Lab, type Setup } from './lab.ts';
import type { Item } from './objects.ts';

let lab: Lab | undefined;

async function start(setup: Setup = {}): Promise<Lab> {
  lab = await startLab(setup);
  return lab;
}

afterEach(async () => {
  await lab?.close();
  lab = undefined;
});

const config = { name: 'config', configMap: { name: 'registry-config' } };

describe('a registry in Kubernetes', () => {
  test('is found with what it is and what it was told, and none of its secrets', async () => {
    const { find, api } = await start();
    const found = await find();
    expect(found).toEqual({
      shown: 'kubectl:infra/registry',
      version: { text: expect.stringMatching(/^2\.8\./), major: 2 },
      configPath: '/mnt/config/config.yml',
      storage: { driver: 'filesystem', root: '/mnt/registry' },
      readOnly: false,
      cache: { kind: 'none' },
      instances: [{ id: 'uid-registry-pod1', name: 'registry-pod1' }],
      notes: [],
      functions: expect.any(String),
    });
    expect(JSON.stringify(found)).not.toContain(secret);
    // The namespace is always the one that was named, and nothing was changed.
    for (const { method, path } of api.asked) {
      expect(path).toMatch(/\/namespaces\/infra\//);
      expect(['GET', path.includes('/exec') ? 'POST' : 'GET']).toContain(method);
    }
  });

  test('is what configuration and environment say together', async () => {
    const { find } = await start({
      container: {
        args: ['serve'],
        env: [
          { name: 'REGISTRY_CONFIGURATION_PATH', value: '/mnt/config/config.yml' },
          { name: 'REGISTRY_STORAGE_MAINTENANCE_READONLY', value: '{enabled: true}' },
        ],
      },
    });
    expect(await find()).toMatchObject({ configPath: '/mnt/config/config.yml', readOnly: true });
  });

  test('is the one container of several that is distribution', async () => {
    const { find, run } = await start({
      beside: [{ name: 'proxy', image: 'proxy:1', command: ['sleep', '1000'], args: [] }],
    });
    const found = await find();
    expect(found.offlineRefusal).toBeUndefined();
    const check = await run(found, 'svc_collect_check');
    expect(check).toMatchObject({ status: 0, stdout: expect.stringContaining('3 blobs and 0 manifests eligible') });
  });

  test('is a statefulset with the claim of its one pod', async () => {
    const { find, run, workload } = await start({ kind: 'statefulset' });
    const found = await find();
    expect(found).toMatchObject({ shown: 'kubectl:infra/statefulset/registry', instances: [{ name: 'registry-0' }] });
    const ran = await run(found, 'svc_prepare && svc_stop && svc_collect_offline && svc_start && svc_cleanup');
    expect(ran).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('3 blobs and 0 manifests') });
    expect(workload()).toEqual({ replicas: 1, kept: undefined });
  });
});

describe('what must not be collected', () => {
  const refusals: readonly (readonly [string, Setup, string])[] = [
    [
      'a volume that ends with its pod',
      { volumes: [{ name: 'data', emptyDir: {} }, config] },
      'in the volume data (emptyDir), which ends with its pod',
    ],
    [
      'a volume in memory',
      { volumes: [{ name: 'data', emptyDir: { medium: 'Memory' } }, config] },
      'in the volume data (emptyDir), which ends',
    ],
    [
      'no volume at all',
      { container: { volumeMounts: [{ name: 'config', mountPath: '/mnt/config' }] } },
      '/mnt/registry lies in the container itself',
    ],
    [
      'a volume that is mounted read-only',
      {
        container: {
          volumeMounts: [
            { name: 'data', mountPath: '/mnt/registry', readOnly: true },
            { name: 'config', mountPath: '/mnt/config' },
          ],
        },
      },
      'is mounted read-only',
    ],
    [
      'images in memory',
      { config: 'version: 0.1\nstorage: {inmemory: {}}\nhttp: {addr: "127.0.0.1:0"}\n' },
      'in memory (inmemory)',
    ],
    ['a paused workload', { spec: { paused: true } }, 'is paused'],
    [
      'pods that nobody replaces',
      { kind: 'statefulset', spec: { updateStrategy: { type: 'OnDelete' } } },
      "doesn't replace its pods",
    ],
    ['a statefulset whose pods have a storage each', { kind: 'statefulset', replicas: 2 }, "don't share one storage"],
    [
      'another pod on the same volume',
      { others: [['pods', pod('backup', { persistentVolumeClaim: { claimName: 'registry-data' } })]] },
      'another pod holds the same storage: backup',
    ],
  ];
  test.each(refusals)('%s', async (_, setup, words) => {
    const { find } = await start(setup);
    const found = await find();
    expect(found.refusal?.what).toContain(words);
    expect(found.refusal?.wayOut).toMatch(/^[A-Z].*\.$/);
    expect(found.refusal?.at).toContain('kubectl:infra/');
  });

  test('pods of other volumes, and pods that are over, hold nothing', async () => {
    const { find } = await start({
      others: [
        ['pods', pod('other', { persistentVolumeClaim: { claimName: 'other-data' } })],
        ['pods', pod('nothing', { configMap: { name: 'registry-config' } })],
      ],
    });
    expect((await find()).refusal).toBeUndefined();
  });
});

describe('what must not be stopped', () => {
  const refusals: readonly (readonly [string, Setup, string])[] = [
    [
      'under an autoscaler',
      {
        others: [
          [
            'horizontalpodautoscalers',
            {
              ...{
                apiVersion: 'autoscaling/v1',
                kind: 'HorizontalPodAutoscaler',
                metadata: { name: 'busy', namespace: 'infra' },
              },
              spec: { scaleTargetRef: { kind: 'Deployment', name: 'registry' } },
            },
          ],
        ],
      },
      'the autoscaler busy decides how many pods',
    ],
    [
      'under another controller',
      { metadata: { ownerReferences: [{ kind: 'Registry', name: 'r', uid: 'r', controller: true }] } },
      'belongs to another controller (Registry)',
    ],
    [
      'a statefulset that deletes its volumes',
      { kind: 'statefulset', spec: { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' } } },
      'deletes its volumes when it is scaled to 0',
    ],
    [
      'settings that only the start command knows',
      {
        container: {
          command: [
            'sh',
            '-c',
            'export REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS=99; exec registry serve /mnt/config/config.yml',
          ],
          args: [],
        },
      },
      'settings that only its start command knows',
    ],
    [
      'a directory of each pod',
      {
        container: {
          volumeMounts: [
            { name: 'data', mountPath: '/mnt/registry', subPathExpr: '$(POD)' },
            { name: 'config', mountPath: '/mnt/config' },
          ],
        },
      },
      "a directory of each pod's own",
    ],
  ];
  test.each(refusals)('%s', async (_, setup, words) => {
    const { find } = await start(setup);
    const found = await find();
    expect(found.refusal).toBeUndefined();
    expect(found.offlineRefusal?.what).toContain(words);
    expect(found.offlineRefusal?.wayOut).toMatch(/^[A-Z].*\.$/);
  });
});

describe('what cannot be found says so in one sentence', () => {
  async function refusal(find: () => Promise<unknown>): Promise<{ readonly what: string; readonly wayOut: string }> {
    const error = await errorOf(find());
    expect(error).toBeInstanceOf(MachineError);
    expect(error.kind).toBe('service');
    expect(error.message).not.toMatch(/\n/);
    expect(error.message.length).toBeLessThan(500);
    return { what: error.message, wayOut: error.wayOut };
  }
  const named = (host: Lab['host'], namespace: string, name: string) => () =>
    findKubernetesService(host, { service: { kind: 'kubectl', namespace, workload: { kind: 'deployment', name } } });

  test('another workload: there are these', async () => {
    const { host } = await start({ kind: 'statefulset' });
    expect(await refusal(named(host, 'infra', 'registry'))).toEqual({
      what: 'There is no deployment registry in namespace infra on the cluster of this machine',
      wayOut: 'There are statefulset/registry. Write kubectl:infra/KIND/NAME for one of them.',
    });
  });

  test('another namespace: there are these', async () => {
    const { host } = await start();
    expect(await refusal(named(host, 'infrastructure', 'registry'))).toEqual({
      what: 'There is no namespace infrastructure on the cluster of this machine, which kubectl:infrastructure/registry names',
      wayOut: 'Correct registry-service: there are infra.',
    });
  });

  test('no kubectl', async () => {
    const { host } = await start();
    const bare = { ...host, run: (script: string) => host.run(`PATH=/nowhere\n${script}`) };
    expect((await refusal(named(bare, 'infra', 'registry'))).what).toBe(
      "There is no kubectl on this machine, so the cluster can't be asked",
    );
  });

  test('no cluster', async () => {
    const { host, api } = await start();
    await api.close();
    const { what, wayOut } = await refusal(named(host, 'infra', 'registry'));
    expect(what).toMatch(
      /^kubectl on this machine reaches no cluster: The connection to the server 127\.0\.0\.1:\d+ was refused/,
    );
    expect(wayOut).toContain('KUBECONFIG');
  });

  test.each([
    ['get deployments', 'may not read the deployment registry in namespace infra'],
    ['list pods', 'may not list pods in namespace infra'],
    ['exec', 'may not run commands in its pods in namespace infra'],
    ['get persistentvolumeclaims', 'may not read its volume claim in namespace infra'],
    ['list horizontalpodautoscalers', 'may not list autoscalers in namespace infra'],
  ])('no right to %s', async (right, words) => {
    const { find, api } = await start();
    for (const each of right === 'exec' ? ['create pods/exec', 'get pods/exec'] : [right]) api.forbid(each);
    const { what, wayOut } = await refusal(find);
    expect(what).toContain(words);
    expect(what).toContain('is forbidden: User "ci" cannot');
    expect(wayOut).toContain('Role');
  });

  test('no pod: it is scaled to 0, and not by us', async () => {
    const { find } = await start({ replicas: 0 });
    expect(await refusal(find)).toEqual({
      what: 'kubectl:infra/registry is scaled to 0: no pod of it runs on the cluster of this machine',
      wayOut: 'Start it first: kubectl --namespace=infra scale deployment/registry --replicas=1',
    });
  });

  test('something else than a registry', async () => {
    const { find } = await start({
      container: { command: ['sleep', '1000'], args: [], env: [{ name: 'PATH', value: '/bin:/usr/bin' }] },
    });
    expect((await refusal(find)).what).toContain(
      'No container of kubectl:infra/registry answers "registry --version" (registry)',
    );
  });

  test('two registries in one pod', async () => {
    const twin = {
      name: 'twin',
      image: 'registry:2',
      args: ['serve', '/mnt/config/config.yml'],
      volumeMounts: [{ name: 'config', mountPath: '/mnt/config' }],
    };
    const { find } = await start({ beside: [twin] });
    expect((await refusal(find)).what).toBe(
      'Several containers of kubectl:infra/registry are registries: twin, registry',
    );
  });

  test('a configuration that cannot be read', async () => {
    const { find } = await start();
    expect((await refusal(() => find('/mnt/config/other.yml'))).what).toMatch(
      /^\/mnt\/config\/other\.yml can't be read in the pod of kubectl:infra\/registry: .*No such file/,
    );
  });
});

describe('a run that did not start the registry again', () => {
  test('is healed by the next one, which says so', async () => {
    const { find, run, workload } = await start({ replicas: 1 });
    const first = await find();
    expect((await run(first, 'svc_stop')).status).toBe(0);
    expect(workload()).toEqual({ replicas: 0, kept: '1' });
    const second = await find();
    expect(second.notes).toEqual([
      'An earlier run left kubectl:infra/registry stopped, without starting it again: it was scaled back to 1.',
    ]);
    expect(second.instances).toHaveLength(1);
    expect(workload()).toEqual({ replicas: 1, kept: undefined });
    expect((await find()).notes).toEqual([]);
  });

  test('is left alone while its pod is at work', async () => {
    const { find, run, workload } = await start();
    const first = await find();
    expect((await run(first, 'svc_stop && rp_k_files')).status).toBe(0);
    const error = await errorOf(find());
    expect(error.message).toBe(
      `kubectl:infra/registry is stopped, since another run collects its garbage in registry-prune-${runId}-files`,
    );
    expect(error.wayOut).toContain('delete pods --selector=');
    expect(workload()).toEqual({ replicas: 0, kept: '1' });
  });
});

function pod(name: string, volume: object): Item {
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'infra' } },
    spec: {
      containers: [{ name: 'main', image: 'other:1', command: ['sleep', '1000'] }],
      volumes: [{ name: 'data', ...volume }],
    },
  };
}
