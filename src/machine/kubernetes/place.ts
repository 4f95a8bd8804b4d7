/** What lies under the registry's root, and whether it outlives the pod (pure). */
import type { Problem } from '../../model/index.ts';
import type { Container, PodFacts, Volume } from './objects.ts';

export type Place = {
  readonly volume: Volume;
  readonly readOnly: boolean;
  /** Its directory there depends on the pod. */
  readonly ownPath: boolean;
};

// Kinds of volumes whose files stay when the pod is gone (Kubernetes, "Volumes"). What isn't here doesn't, or isn't known to.
const lasting = new Set([
  'persistentVolumeClaim',
  'hostPath',
  'nfs',
  'cephfs',
  'rbd',
  'glusterfs',
  'iscsi',
  'fc',
  'quobyte',
  'portworxVolume',
  'storageos',
  'scaleIO',
  'flexVolume',
  'flocker',
  'vsphereVolume',
  'photonPersistentDisk',
  'cinder',
  'azureDisk',
  'azureFile',
  'awsElasticBlockStore',
  'gcePersistentDisk',
]);

/** The volume that is mounted at this path or next above it, in the container as it runs. */
export function placeOf(root: string, container: Container, pod: PodFacts): Place | undefined {
  const mount = container.mounts
    .filter(({ path }) => isBelow(root, path))
    .sort((a, b) => b.path.length - a.path.length)
    .at(0);
  const volume = pod.volumes.find(({ name }) => name === mount?.name);
  return mount === undefined || volume === undefined
    ? undefined
    : { volume, readOnly: mount.readOnly, ownPath: mount.ownPath };
}

function isBelow(path: string, mountPath: string): boolean {
  const base = mountPath.replace(/\/+$/, '');
  return path === base || path.startsWith(`${base}/`);
}

/**
 * Why files there can't be collected. Also online: the collector is followed by a restart, and in Kubernetes that is another
 * pod, with another volume where this one is gone.
 */
export function placeRefusal(root: string, place: Place | undefined, at: string): Problem | undefined {
  const wayOut =
    'Give the registry a PersistentVolumeClaim there, and push the images again. Until then there is nothing that a collection could leave behind.';
  if (place === undefined)
    return {
      at,
      what: `the storage ${root} lies in the container itself: the restart would lose every image`,
      wayOut,
    };
  const { volume, readOnly } = place;
  if (volume.kind === 'emptyDir' || volume.kind === 'ephemeral' || volume.kind === 'csi')
    return {
      at,
      what: `the storage ${root} lies in the volume ${volume.name} (${volume.kind}), which ends with its pod: the restart would lose every image`,
      wayOut,
    };
  if (!lasting.has(volume.kind))
    return {
      at,
      what: `the storage ${root} lies in the volume ${volume.name} (${volume.kind}), which isn't known to outlive its pod`,
      wayOut: 'Use a PersistentVolumeClaim for the storage.',
    };
  if (readOnly)
    return {
      at,
      what: `the volume ${volume.name} with the storage ${root} is mounted read-only: nothing can be collected there`,
      wayOut: 'Name the workload that writes to this storage in registry-service.',
    };
  return undefined;
}

/** What tells one storage from another among the pods of a namespace; `undefined` where nothing does. */
export function storageKey({ kind, claim, path, server }: Volume, node: string | null): string | undefined {
  if (kind === 'persistentVolumeClaim' && claim !== null) return `claim ${claim}`;
  if (kind === 'nfs' && path !== null) return `nfs ${server ?? ''}:${path.replace(/\/+$/, '')}`;
  if (kind === 'hostPath' && path !== null) return `node ${node ?? ''}:${path.replace(/\/+$/, '')}`;
  return undefined;
}

/** Pods that are not of the workload and hold the same storage. */
export function strangers(place: Place, of: readonly PodFacts[], all: readonly PodFacts[]): readonly PodFacts[] {
  const own = new Set(of.map(({ uid }) => uid));
  const keys = new Set(
    of.flatMap((pod) =>
      pod.volumes.filter(({ name }) => name === place.volume.name).map((volume) => storageKey(volume, pod.node)),
    ),
  );
  return all.filter(
    (pod) =>
      !own.has(pod.uid) &&
      !isOver(pod) &&
      pod.volumes.some((volume) => {
        const key = storageKey(volume, pod.node);
        return key !== undefined && keys.has(key);
      }),
  );
}

export function isOver({ phase }: PodFacts): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Whether all pods of the workload see one and the same storage. */
export function isShared(place: Place, pods: readonly PodFacts[]): boolean {
  if (pods.length < 2) return true;
  if (place.ownPath) return false;
  const keys = pods.map((pod) => {
    const volume = pod.volumes.find(({ name }) => name === place.volume.name);
    // Volumes of other kinds are the template's, the same for every pod.
    return volume === undefined ? undefined : (storageKey(volume, pod.node) ?? volume.kind);
  });
  return new Set(keys).size === 1 && !keys.includes(undefined);
}
