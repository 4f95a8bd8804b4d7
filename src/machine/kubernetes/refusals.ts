/** Why a registry in Kubernetes must not be collected, or not be stopped (pure). */
import type { Problem } from '../../model/index.ts';
import type { Settings } from '../distribution.ts';
import { shown } from '../text.ts';
import type { Process } from './inspection.ts';
import type { Found } from './look.ts';
import type { AutoscalerFacts, PodFacts, WorkloadFacts } from './objects.ts';
import { isOver, isShared, placeRefusal, strangers, type Place } from './place.ts';

/** Why it can't be collected at all. */
export function refusalFor(
  { at, name, cluster }: Found,
  seen: {
    readonly facts: WorkloadFacts;
    readonly pods: readonly PodFacts[];
    /** Of its namespace. */
    readonly all: readonly PodFacts[];
    readonly settings: Settings;
    readonly place: Place | undefined;
    /** Of the pods that are made for it. */
    readonly label: string;
  },
): Problem | undefined {
  const { facts, pods, all, place, label } = seen;
  const { storage } = seen.settings;
  const problem = (what: string, wayOut: string): Problem => ({ at, what, wayOut });
  if (storage.driver === 'inmemory')
    return problem(
      'the registry keeps its images in memory (inmemory): the restart would lose every image',
      'Give it a storage, and push the images again.',
    );
  if (seen.settings.proxy)
    return problem(
      'it is a pull-through cache of another registry, which removes what it no longer needs by itself',
      'Collect a registry that images are pushed to.',
    );
  if (facts.paused)
    return problem(`${name} is paused: its pods can't be restarted`, 'Resume it: kubectl rollout resume.');
  if (facts.strategy === 'OnDelete' || facts.partition > 0)
    return problem(
      `${name} doesn't replace its pods by itself (updateStrategy), so they can't be restarted`,
      'Set its updateStrategy to RollingUpdate, without a partition.',
    );
  const collecting = all.find((pod) => isOurs(pod, label) && pod.purpose === 'collect' && !isOver(pod));
  if (collecting !== undefined)
    return problem(
      `a collector of another run works on it while it serves: ${shown(collecting.name)}`,
      `End it: kubectl --namespace=${cluster.namespace} delete pod ${shown(collecting.name)}. What was pushed meanwhile may be lost: see that the last images pull.`,
    );
  if (storage.root === undefined) return undefined;
  const refused = placeRefusal(storage.root, place, at);
  if (refused !== undefined || place === undefined) return refused;
  if (!isShared(place, pods))
    return problem(
      `the pods of ${name} don't share one storage: each has its own, and which of them answers is chance`,
      'Run one pod, or give them one volume that they share (ReadWriteMany), or an object store.',
    );
  const stranger = strangers(place, pods, all).find((pod) => !isOurs(pod, label));
  if (stranger !== undefined)
    return problem(
      `another pod holds the same storage: ${shown(stranger.name)}`,
      'What it pushes meanwhile would be lost. Stop it while garbage is collected, or take the volume from it.',
    );
  return undefined;
}

/** Shells and dry runs of other runs do no harm: `svc_prepare` sees whether they are alive. */
function isOurs({ managedBy, of }: PodFacts, label: string): boolean {
  return managedBy === 'registry-prune' && of === label;
}

/** Why it must not be stopped. */
export function offlineRefusalFor(
  { at, name, service }: Found,
  seen: {
    readonly facts: WorkloadFacts;
    readonly process: Process;
    readonly place: Place | undefined;
    readonly autoscalers: readonly AutoscalerFacts[];
  },
): Problem | undefined {
  const { facts, process, place, autoscalers } = seen;
  const problem = (what: string, wayOut: string): Problem => ({ at, what, wayOut });
  const autoscaler = autoscalers.find(
    ({ kind, target }) => kind.toLowerCase() === service.workload.kind && target === service.workload.name,
  );
  if (autoscaler !== undefined)
    return problem(
      `the autoscaler ${shown(autoscaler.name)} decides how many pods ${name} has: it would start the registry under the collector`,
      'Delete the autoscaler, or collect online with the registry read-only.',
    );
  const [owner] = facts.owner;
  if (owner !== undefined)
    return problem(
      `${name} belongs to another controller (${shown(owner)}), which would start the registry under the collector`,
      'Collect online with the registry read-only.',
    );
  if (facts.whenScaled === 'Delete' && facts.claims.length > 0)
    return problem(
      `${name} deletes its volumes when it is scaled to 0 (persistentVolumeClaimRetentionPolicy): every image would be lost`,
      'Set whenScaled to Retain.',
    );
  if (place?.ownPath === true)
    return problem(
      `the storage of ${name} is a directory of each pod's own (subPathExpr), which another pod doesn't see`,
      'Mount it with a fixed subPath, or collect online with the registry read-only.',
    );
  if (!process.sameEnvironment)
    return problem(
      `${name} starts the registry with settings that only its start command knows: another pod hasn't got them`,
      "Set them in the container's env, or collect online with the registry read-only.",
    );
  return undefined;
}
