/** `kubectl:NAMESPACE/WORKLOAD`: a registry in Kubernetes, seen and worked on by the host's own kubectl. */
import { createHash } from 'node:crypto';
import { showService } from '../config/index.ts';
import { serviceError, type FoundService } from './found-service.ts';
import type { Host } from './host.ts';
import type { FunctionLimits } from './kubernetes/function-source.ts';
import { renderFunctions } from './kubernetes/functions.ts';
import { heal } from './kubernetes/healing.ts';
import {
  readAutoscalers,
  readClaim,
  readPods,
  readWorkload,
  type Found,
  type KubernetesService,
} from './kubernetes/look.ts';
import type { WorkloadFacts } from './kubernetes/objects.ts';
import { isOver, placeOf } from './kubernetes/place.ts';
import { offlineRefusalFor, refusalFor } from './kubernetes/refusals.ts';
import { findContainer } from './kubernetes/registry-container.ts';
import { renderSelector } from './kubernetes/selector.ts';

/** What tests turn down. */
export type KubernetesLimits = Partial<FunctionLimits> & { readonly healingSeconds?: number };

/** Throws MachineError where there is no such registry to be found. A registry that an earlier run left stopped is started. */
export async function findKubernetesService(
  host: Host,
  config: { readonly service: KubernetesService; readonly registryConfig?: string },
  limits: KubernetesLimits = {},
): Promise<FoundService> {
  const { service, registryConfig } = config;
  const { namespace, workload } = service;
  const name = showService(service);
  const found: Found = {
    cluster: { host, namespace },
    service,
    name,
    resource: `${workload.kind}s.apps/${workload.name}`,
    at: `${name} on ${host.name}`,
  };
  const label = labelOf(service);
  const { facts, notes } = await standing(found, label, limits.healingSeconds);
  const selector = renderSelector(facts);
  if (selector === undefined)
    throw serviceError(
      `The selector of ${name} doesn't tell its pods from others`,
      'Give it a selector by labels (spec.selector.matchLabels).',
    );
  const pods = (await readPods(found, ['--selector', selector])).filter((pod) => !isOver(pod) && !pod.leaving);
  const seen = await findContainer(found, facts, pods, registryConfig);
  const { container, pod, process, configPath, settings, version } = seen;
  const all = await readPods(found, []);
  const place = settings.storage.root === undefined ? undefined : placeOf(settings.storage.root, container, pod);
  const claim = place?.volume.claim == null ? undefined : await readClaim(found, place.volume.claim);
  const refusal = refusalFor(found, { facts, pods, all, settings, place, label });
  const offlineRefusal =
    refusal === undefined
      ? offlineRefusalFor(found, { facts, process, place, autoscalers: await readAutoscalers(found) })
      : undefined;
  const status = pod.containers.find((each) => each.name === container.name);
  return {
    shown: name,
    version,
    configPath,
    storage: settings.storage,
    readOnly: settings.readOnly,
    cache: settings.cache,
    instances: pods.map((each) => ({ id: each.uid, name: each.name })),
    ...(refusal !== undefined && { refusal }),
    ...(offlineRefusal !== undefined && { offlineRefusal }),
    notes,
    functions: renderFunctions({
      namespace,
      workload,
      selector,
      program: process.program,
      configPath,
      ...(settings.storage.root !== undefined && { root: settings.storage.root }),
      replicas: facts.replicas,
      grace: facts.grace === 0 ? 30 : facts.grace,
      beside: !(claim?.modes.includes('ReadWriteOncePod') ?? false),
      limits,
      pod: {
        workload: label,
        container: {
          name: container.name,
          index: facts.containers.indexOf(container),
          count: facts.containers.length,
          image: container.image,
          hasResources: container.hasResources,
        },
        ...imageOf(status?.imageID ?? '', container.image),
        node: pod.node ?? '',
        claims: facts.claims.flatMap((volume) => {
          const own = pod.volumes.find((each) => each.name === volume)?.claim;
          return own == null ? [] : [{ volume, claim: own }];
        }),
        hasVolumes: facts.volumes.length > 0,
      },
    }),
  };
}

/** The workload while it runs; one that an earlier run left stopped is started first. */
async function standing(
  found: Found,
  label: string,
  healingSeconds: number | undefined,
): Promise<{ readonly facts: WorkloadFacts; readonly notes: readonly string[] }> {
  const { cluster, name, service, resource } = found;
  const facts = await readWorkload(found);
  if (facts.replicas > 0) return { facts, notes: [] };
  const kept = Number(facts.kept ?? '');
  if (!Number.isSafeInteger(kept) || kept <= 0)
    throw serviceError(
      `${name} is scaled to 0: no pod of it runs on the cluster of ${cluster.host.name}`,
      `Start it first: kubectl --namespace=${cluster.namespace} scale ${service.workload.kind}/${service.workload.name} --replicas=1`,
    );
  const note = await heal(cluster, { resource, workloadLabel: label, shown: name, kept }, healingSeconds);
  return { facts: await readWorkload(found), notes: [note] };
}

/** As a label's value, which ends at 63 characters where a name may have 253. */
function labelOf({ workload }: KubernetesService): string {
  const plain = `${workload.kind}.${workload.name}`;
  return plain.length <= 63 ? plain : createHash('sha256').update(plain).digest('hex').slice(0, 32);
}

/** The running image by its digest in a repository, where the cluster knows one; else by its name, and it is compared. */
function imageOf(imageID: string, name: string): { readonly image: string; readonly imageID: string } {
  const plain = imageID.replace(/^[a-z-]+:\/\//, '');
  return /^[^\s@"'%]+@sha256:[0-9a-f]{64}$/.test(plain)
    ? { image: plain, imageID: '' }
    : { image: name, imageID: plain };
}
