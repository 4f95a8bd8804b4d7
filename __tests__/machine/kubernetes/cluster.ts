// What happens in the cluster of the tests: workloads that get their pods, and pods that are processes.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Item, PodSpec, VolumeSpec, WorkloadSpec } from './objects.ts';
import { startContainer, type ContainerProcess, type Mount } from './pod-process.ts';

export type ClusterOptions = {
  /** Where volumes lie. */
  readonly directory: string;
  /** Directories on the path of every container. */
  readonly path: string;
  /** Configuration files by the name of their config map. */
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly imageIDs: Readonly<Record<string, string>>;
};

export type Change = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: string;
  readonly item: Item;
};

export type Cluster = {
  readonly get: (resource: string, namespace: string | undefined, name: string) => Item | undefined;
  readonly list: (resource: string, namespace: string | undefined) => readonly Item[];
  readonly put: (resource: string, item: Item) => Item;
  readonly remove: (resource: string, item: Item, graceSeconds: number) => Promise<void>;
  readonly version: () => string;
  readonly watch: (since: number, onChange: (change: Change) => void) => () => void;
  readonly processOf: (pod: string, container: string) => ContainerProcess | undefined;
  /** The directory of a claim, a hostPath or an emptyDir. */
  readonly volume: (name: string) => string;
  /** Pods that match don't end when they are deleted. */
  readonly hold: (pod: RegExp) => void;
  readonly stop: () => Promise<void>;
};

const workloads = ['deployments', 'statefulsets'];

export function cluster(options: ClusterOptions): Cluster {
  const items = new Map<string, Item>();
  const changes: (Change & { readonly version: number })[] = [];
  const watchers = new Set<(change: Change) => void>();
  const processes = new Map<string, ContainerProcess>();
  const held: RegExp[] = [];
  let version = 100;
  let made = 0;
  let stopped = false;

  const keyOf = (resource: string, namespace: string | undefined, name: string) =>
    `${resource}/${namespace ?? ''}/${name}`;
  const get: Cluster['get'] = (resource, namespace, name) => items.get(keyOf(resource, namespace, name));
  const list: Cluster['list'] = (resource, namespace) =>
    [...items].flatMap(([key, item]) => (key.startsWith(`${resource}/${namespace ?? ''}/`) ? [item] : []));

  const tell = (type: Change['type'], resource: string, item: Item) => {
    const change = { type, resource, item, version };
    changes.push(change);
    for (const watcher of watchers) watcher(change);
  };

  function put(resource: string, item: Item): Item {
    const { name, namespace } = item.metadata;
    const before = get(resource, namespace, name);
    version += 1;
    const changed = JSON.stringify(before?.spec) !== JSON.stringify(item.spec);
    const { generation = 0 } = before?.metadata ?? {};
    const now: Item = {
      ...item,
      metadata: {
        ...item.metadata,
        uid: before?.metadata.uid ?? `uid-${name}`,
        creationTimestamp: before?.metadata.creationTimestamp ?? '2026-01-01T00:00:00Z',
        resourceVersion: String(version),
        generation: changed ? generation + 1 : generation,
      },
    };
    items.set(keyOf(resource, namespace, name), now);
    tell(before === undefined ? 'ADDED' : 'MODIFIED', resource, now);
    if (resource === 'pods' && before === undefined) startPod(now);
    if (workloads.includes(resource) && changed) setImmediate(() => void reconcile(resource, namespace, name));
    return now;
  }

  function drop(resource: string, item: Item): void {
    items.delete(keyOf(resource, item.metadata.namespace, item.metadata.name));
    version += 1;
    tell('DELETED', resource, { ...item, metadata: { ...item.metadata, resourceVersion: String(version) } });
  }

  async function remove(resource: string, item: Item, graceSeconds: number): Promise<void> {
    if (resource !== 'pods') {
      drop(resource, item);
      return;
    }
    const metadata = {
      ...item.metadata,
      deletionTimestamp: '2026-01-01T00:10:00Z',
      deletionGracePeriodSeconds: graceSeconds,
    };
    put('pods', { ...item, metadata });
    if (held.some((pattern) => pattern.test(item.metadata.name))) return;
    const mine = [...processes].filter(([key]) => key.startsWith(`${item.metadata.name}/`));
    for (const [, process] of mine) process.stop();
    void Promise.all(mine.map(([, process]) => process.ended)).then(() => {
      for (const [key] of mine) processes.delete(key);
      const left = get('pods', item.metadata.namespace, item.metadata.name);
      if (left !== undefined) drop('pods', left);
      for (const owner of left?.metadata.ownerReferences ?? [])
        if (!stopped)
          void reconcile(
            owner.kind === 'StatefulSet' ? 'statefulsets' : 'deployments',
            item.metadata.namespace,
            owner.name,
          );
    });
    await Promise.resolve();
  }

  function volume(name: string): string {
    const directory = join(options.directory, name.replaceAll('/', '_'));
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  function directoryOf(pod: string, spec: VolumeSpec): string {
    if (spec.persistentVolumeClaim !== undefined) return volume(spec.persistentVolumeClaim.claimName);
    if (spec.hostPath !== undefined) return volume(spec.hostPath.path);
    if (spec.configMap !== undefined) {
      const directory = mkdtempSync(join(options.directory, 'config-'));
      for (const [file, text] of Object.entries(options.configMaps[spec.configMap.name] ?? {}))
        writeFileSync(join(directory, file), text);
      return directory;
    }
    return volume(`${pod}-${spec.name}`);
  }

  function startPod(pod: Item): void {
    const { name, namespace } = pod.metadata;
    const spec = pod.spec as PodSpec;
    const places = new Map((spec.volumes ?? []).map((each) => [each.name, directoryOf(name, each)]));
    const started = spec.containers.map((container) => {
      const env = Object.fromEntries(
        (container.env ?? []).map(({ name: variable, value, valueFrom }) => [
          variable,
          valueFrom === undefined
            ? (value ?? '')
            : (options.secrets[valueFrom.secretKeyRef.name]?.[valueFrom.secretKeyRef.key] ?? ''),
        ]),
      );
      const mounts = (container.volumeMounts ?? []).flatMap((mount): Mount[] => {
        const from = places.get(mount.name);
        return from === undefined ? [] : [{ from, to: mount.mountPath, readOnly: mount.readOnly ?? false }];
      });
      const process = startContainer({
        command: [...(container.command ?? ['registry']), ...(container.args ?? [])],
        env: { PATH: options.path, ...env },
        mounts,
      });
      processes.set(`${name}/${container.name}`, process);
      const imageID = options.imageIDs[container.image] ?? container.image;
      void process.ended.then((exitCode) => {
        setStatus({
          name: container.name,
          imageID,
          ready: false,
          state: { terminated: { exitCode, reason: exitCode === 0 ? 'Completed' : 'Error' } },
        });
      });
      return { process, status: { name: container.name, imageID, ready: true, state: { running: {} } } };
    });
    const setStatus = (container: {
      readonly name: string;
      readonly state: { readonly terminated: { readonly exitCode: number; readonly reason: string } };
      readonly [key: string]: unknown;
    }) => {
      const now = get('pods', namespace, name);
      if (now === undefined || stopped) return;
      const statuses = (
        now.status?.containerStatuses as readonly { readonly name: string; readonly state?: unknown }[]
      ).map((each) => (each.name === container.name ? container : each));
      // A command that is over before anybody saw it run.
      const over = statuses.every((each) => JSON.stringify(each.state).includes('terminated'));
      const phase = over ? (container.state.terminated.exitCode === 0 ? 'Succeeded' : 'Failed') : 'Running';
      put('pods', { ...now, status: { ...now.status, phase, containerStatuses: statuses } });
    };
    const waiting = started.map(({ status }) => ({
      ...status,
      ready: false,
      state: { waiting: { reason: 'ContainerCreating' } },
    }));
    put('pods', { ...pod, status: { phase: 'Pending', containerStatuses: waiting } });
    void Promise.all(started.map(({ process }) => process.started)).then(() => {
      const now = get('pods', namespace, name);
      if (now === undefined || stopped || now.status?.phase !== 'Pending') return;
      const statuses = now.status.containerStatuses as readonly { readonly name: string; readonly state: object }[];
      put('pods', {
        ...now,
        spec: { nodeName: 'node-1', ...now.spec },
        status: {
          phase: 'Running',
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: started.map(
            ({ status }) => statuses.find((each) => each.name === status.name && 'terminated' in each.state) ?? status,
          ),
        },
      });
    });
  }

  /** Brings a workload's pods to what it wants, and its status to what they are. */
  async function reconcile(resource: string, namespace: string | undefined, name: string): Promise<void> {
    const item = get(resource, namespace, name);
    if (item === undefined || stopped) return;
    const spec = item.spec as WorkloadSpec;
    const revision = JSON.stringify(spec.template);
    const own = list('pods', namespace).filter((pod) =>
      pod.metadata.ownerReferences?.some((owner) => owner.name === name),
    );
    const staying = own.filter((pod) => pod.metadata.deletionTimestamp === undefined);
    const current = staying.filter((pod) => pod.metadata.annotations?.revision === revision);
    for (const pod of [...staying.filter((each) => !current.includes(each)), ...current.slice(spec.replicas)])
      await remove('pods', pod, 30);
    // As strategy Recreate and statefulsets do: the new ones come when the old ones are gone.
    if (own.length === current.length)
      for (let count = current.length; count < spec.replicas; count++) {
        made += 1;
        const ordinal = resource === 'statefulsets' ? String(count) : `pod${made}`;
        const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }) => ({
          name: metadata.name,
          persistentVolumeClaim: { claimName: `${metadata.name}-${name}-${ordinal}` },
        }));
        put('pods', {
          ...{ apiVersion: 'v1', kind: 'Pod' },
          metadata: {
            ...{ name: `${name}-${ordinal}`, ...(namespace !== undefined && { namespace }) },
            labels: { ...spec.template.metadata.labels, 'pod-template-hash': 'abc' },
            annotations: { revision },
            ownerReferences: [
              { kind: resource === 'statefulsets' ? 'StatefulSet' : 'ReplicaSet', name, uid: 'u', controller: true },
            ],
          },
          spec: {
            nodeName: 'node-1',
            ...spec.template.spec,
            volumes: [...(spec.template.spec.volumes ?? []), ...claims],
          },
        });
      }
    const ready = list('pods', namespace).filter(
      (pod) =>
        pod.metadata.ownerReferences?.some((owner) => owner.name === name) === true &&
        pod.metadata.annotations?.revision === revision &&
        pod.status?.phase === 'Running',
    ).length;
    const latest = get(resource, namespace, name);
    if (latest === undefined) return;
    const status = {
      observedGeneration: latest.metadata.generation,
      ...{ replicas: ready, updatedReplicas: ready, readyReplicas: ready, availableReplicas: ready },
      ...{ currentRevision: 'r', updateRevision: 'r', conditions: [] },
    };
    if (JSON.stringify(latest.status) !== JSON.stringify(status)) put(resource, { ...latest, status });
  }

  // Status follows the pods.
  watchers.add((change) => {
    if (change.resource !== 'pods') return;
    const [owner] = change.item.metadata.ownerReferences ?? [];
    if (owner !== undefined)
      setImmediate(
        () =>
          void reconcile(
            owner.kind === 'StatefulSet' ? 'statefulsets' : 'deployments',
            change.item.metadata.namespace,
            owner.name,
          ),
      );
  });

  return {
    ...{ get, list, put, remove, volume },
    version: () => String(version),
    watch(since, onChange) {
      for (const change of changes) if (change.version > since) onChange(change);
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
    processOf: (pod, container) => processes.get(`${pod}/${container}`),
    hold: (pod) => held.push(pod),
    async stop() {
      stopped = true;
      for (const process of processes.values()) process.stop();
      await Promise.all([...processes.values()].map((process) => process.ended));
    },
  };
}
