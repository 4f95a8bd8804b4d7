// A registry in a cluster of the tests: its objects, the kubeconfig of the real kubectl, and this machine as the host.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layTree } from '../../../bench/storage-tree.ts';
import type { FoundService } from '../../../src/machine/found-service.ts';
import { localHost, type Host, type Ran } from '../../../src/machine/index.ts';
import { findKubernetesService, type KubernetesLimits } from '../../../src/machine/kubernetes.ts';
import type { KubernetesService } from '../../../src/machine/kubernetes/look.ts';
import { whatIsHere } from '../../real/registries.ts';
import { startApiServer, type ApiServer } from './api-server.ts';
import type { ContainerSpec, Item, PodSpec, VolumeSpec, WorkloadSpec } from './objects.ts';

/** A value of the registry's environment that must be seen nowhere. */
export const secret = 'correct-horse-battery-staple';
export const runId = '0123456789abcdef0123456789abcdef';

export type Setup = {
  readonly kind?: 'deployment' | 'statefulset';
  readonly replicas?: number;
  readonly container?: Partial<ContainerSpec>;
  readonly beside?: readonly ContainerSpec[];
  readonly volumes?: readonly VolumeSpec[];
  readonly spec?: Partial<WorkloadSpec>;
  readonly podSpec?: Partial<PodSpec>;
  readonly metadata?: Partial<Item['metadata']>;
  /** More of the configuration, YAML. */
  readonly config?: string;
  readonly accessModes?: readonly string[];
  readonly imageID?: string;
  readonly others?: readonly (readonly [string, Item])[];
};

export type Lab = {
  readonly api: ApiServer;
  readonly host: Host;
  readonly env: Readonly<Record<string, string>>;
  readonly find: (registryConfig?: string) => Promise<FoundService>;
  /** Runs a script after the service's functions, on the host. */
  readonly run: (found: FoundService, script: string) => Promise<Ran>;
  readonly workload: () => { readonly replicas: number; readonly kept: string | undefined };
  readonly pods: () => readonly string[];
  /** The registry's storage, on this machine. */
  readonly storage: string;
  /** Detached jobs of this lab's host, by the number of their process. */
  readonly jobs: () => readonly number[];
  /** The arguments of every kubectl so far. */
  readonly argumentsSeen: () => string;
  readonly close: () => Promise<void>;
};

const limits: KubernetesLimits = {
  startSeconds: 10,
  endSeconds: 2,
  rolloutSeconds: 20,
  silenceSeconds: 6,
  pauseSeconds: 1,
  healingSeconds: 4,
};

/** The programs that these tests want, by their path; `undefined` where one isn't here. */
export function programs(): { readonly kubectl: string; readonly registry: string } | undefined {
  const kubectl = process.env.KUBECTL ?? whatIsHere().tools.find(({ name }) => name === 'kubectl')?.path;
  const run = whatIsHere().registries.find(({ name }) => name === 'distribution 2.8')?.run;
  return kubectl === undefined || run?.kind !== 'program' ? undefined : { kubectl, registry: run.path };
}

export async function startLab(setup: Setup = {}): Promise<Lab> {
  const found = programs();
  if (found === undefined) throw new Error('kubectl or the registry is missing.');
  const directory = mkdtempSync(join(tmpdir(), 'registry-prune-kubernetes-'));
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  symlinkSync(found.registry, join(bin, 'registry'));
  // Not a link: some clients look for their parts beside themselves.
  writeFileSync(
    join(bin, 'kubectl'),
    `#!/bin/sh\nprintf '%s\\n' "$*" >>'${join(directory, 'arguments')}'\nexec '${found.kubectl}' "$@"\n`,
  );
  chmodSync(join(bin, 'kubectl'), 0o755);
  const { kind = 'deployment' } = setup;
  const image = 'registry:2';
  const api = await startApiServer({
    directory,
    path: `${bin}:/usr/local/bin:/usr/bin:/bin`,
    configMaps: { 'registry-config': { 'config.yml': setup.config ?? configuration } },
    secrets: { 'registry-secret': { http: secret } },
    imageIDs: { [image]: setup.imageID ?? `docker.io/library/registry@sha256:${'a'.repeat(64)}` },
  });
  const env = {
    PATH: `${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: directory,
    KUBECONFIG: join(directory, 'kubeconfig'),
  };
  writeFileSync(env.KUBECONFIG, JSON.stringify(kubeconfig(api.url)));
  const claim = kind === 'statefulset' ? 'data-registry-0' : 'registry-data';
  const storage = api.volume(claim);
  layTree({ root: storage, repository: 'team/app', revisions: 2, tagged: 2, orphans: 3, orphanBytes: 100_000 });
  for (const [resource, item] of setup.others ?? []) api.put(resource, item);
  api.put('namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'infra' } });
  api.put('persistentvolumeclaims', {
    ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: claim, namespace: 'infra' } },
    status: { phase: 'Bound', accessModes: setup.accessModes ?? ['ReadWriteOnce'] },
  });
  const resource = `${kind}s`;
  api.put(resource, workloadOf(setup, kind, image));
  const host = localHost({ env });
  const service: KubernetesService = { kind: 'kubectl', namespace: 'infra', workload: { kind, name: 'registry' } };
  const lab: Lab = {
    ...{ api, host, env, storage },
    find: (registryConfig) =>
      findKubernetesService(host, { service, ...(registryConfig !== undefined && { registryConfig }) }, limits),
    run: (service, script) => host.run(`rp_run=${runId}\n${service.functions}\n${script}\n`),
    workload() {
      const item = api.get(resource, 'infra', 'registry');
      const { replicas = -1 } = (item?.spec ?? {}) as { readonly replicas?: number };
      return { replicas, kept: item?.metadata.annotations?.['registry-prune/replicas'] };
    },
    jobs: () => jobsIn(directory),
    argumentsSeen: () => readFileSync(join(directory, 'arguments'), 'utf8'),
    pods: () => api.list('pods', 'infra').map(({ metadata }) => metadata.name),
    async close() {
      await host.close();
      await api.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await settled(lab, setup.replicas ?? 1);
  api.asked.length = 0;
  return lab;
}

/** What was detached is known by this lab's home in its environment. */
function jobsIn(home: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        const env = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
        const leads =
          readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' ')[2] === pid;
        return leads && env.includes(`HOME=${home}`) && /^\/tmp\/registry-prune-[^/]*\/job$/.test(command[1] ?? '');
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Until so many pods of the workload run. */
export async function settled(lab: Lab, count: number): Promise<void> {
  for (;;) {
    const running = lab.api
      .list('pods', 'infra')
      .filter(({ metadata, status }) => metadata.ownerReferences !== undefined && status?.phase === 'Running');
    if (running.length >= count) return;
    const ended = lab.api
      .list('pods', 'infra')
      .find(({ metadata, status }) => metadata.ownerReferences !== undefined && status?.phase === 'Failed');
    if (ended !== undefined) {
      const { containers = [] } = (ended.spec ?? {}) as { readonly containers?: readonly { readonly name: string }[] };
      const said = containers.map(({ name }) => lab.api.processOf(ended.metadata.name, name)?.printed().toString());
      throw new Error(`The registry of the lab ended: ${said.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const configuration = `version: 0.1
storage:
  filesystem:
    rootdirectory: /mnt/registry
  delete:
    enabled: true
http:
  addr: 127.0.0.1:0
`;

function workloadOf(setup: Setup, kind: 'deployment' | 'statefulset', image: string): Item {
  const container: ContainerSpec = {
    ...{ name: 'registry', image, command: ['registry'], args: ['serve', '/mnt/config/config.yml'] },
    env: [
      { name: 'REGISTRY_HTTP_SECRET', valueFrom: { secretKeyRef: { name: 'registry-secret', key: 'http' } } },
      { name: 'REGISTRY_NOTE', value: `${secret} "quoted" \\ and $such` },
    ],
    ports: [{ containerPort: 5000, name: 'http' }],
    livenessProbe: { httpGet: { path: '/', port: 'http' } },
    resources: { requests: { cpu: '1' }, limits: { memory: '1Gi' } },
    volumeMounts: [
      { name: 'data', mountPath: '/mnt/registry' },
      { name: 'config', mountPath: '/mnt/config', readOnly: true },
    ],
    ...setup.container,
  };
  const config: VolumeSpec = { name: 'config', configMap: { name: 'registry-config' } };
  const data: readonly VolumeSpec[] =
    kind === 'statefulset' ? [] : [{ name: 'data', persistentVolumeClaim: { claimName: 'registry-data' } }];
  const spec: WorkloadSpec = {
    replicas: setup.replicas ?? 1,
    selector: { matchLabels: { app: 'registry' } },
    template: {
      metadata: { labels: { app: 'registry', tier: 'backend' } },
      spec: {
        ...{ serviceAccountName: 'registry', securityContext: { runAsUser: 1000 }, nodeSelector: { disk: 'big' } },
        ...{ tolerations: [{ key: 'storage', operator: 'Exists' }], imagePullSecrets: [{ name: 'pull' }] },
        containers: [...(setup.beside ?? []), container],
        volumes: setup.volumes ?? [...data, config],
        ...setup.podSpec,
      },
    },
    ...(kind === 'statefulset' && {
      serviceName: 'registry',
      volumeClaimTemplates: [{ metadata: { name: 'data' } }],
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    }),
    ...setup.spec,
  };
  return {
    apiVersion: 'apps/v1',
    kind: kind === 'statefulset' ? 'StatefulSet' : 'Deployment',
    metadata: { name: 'registry', namespace: 'infra', ...setup.metadata },
    spec,
  };
}

function kubeconfig(server: string): unknown {
  return {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'lab' },
    clusters: [{ name: 'lab', cluster: { server } }],
    users: [{ name: 'ci', user: { token: 'a-token' } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'ci', namespace: 'elsewhere' } }],
  };
}
