/** `kubectl:NAMESPACE/WORKLOAD`: a registry in Kubernetes, seen and worked on by the host's own kubectl. */
import { createHash } from 'node:crypto';
import { showService, type Service } from '../config/index.ts';
import type { Problem } from '../model/index.ts';
import { configurationOf, isRefusal, parseVersion, readSettings, type Refusal, type Settings } from './distribution.ts';
import { serviceError, type FoundService } from './found-service.ts';
import type { Host } from './host.ts';
import { ask, isNotFound, refusalOf, tell, type Cluster } from './kubernetes/client.ts';
import { renderFunctions, type FunctionLimits } from './kubernetes/functions.ts';
import { heal } from './kubernetes/healing.ts';
import {
  configurationAt,
  environmentOf,
  parseProcesses,
  processesScript,
  type Process,
} from './kubernetes/inspection.ts';
import {
  autoscalersTemplate,
  claimTemplate,
  parseAutoscalers,
  parseClaim,
  parsePods,
  parseWorkload,
  podsTemplate,
  workloadTemplate,
  type Container,
  type PodFacts,
  type WorkloadFacts,
} from './kubernetes/objects.ts';
import { isOver, isShared, placeOf, placeRefusal, strangers, type Place } from './kubernetes/place.ts';
import { renderSelector } from './kubernetes/selector.ts';
import { shown } from './text.ts';

export type KubernetesService = Extract<Service, { kind: 'kubectl' }>;

/** What tests turn down. */
export type KubernetesLimits = Partial<FunctionLimits> & { readonly healingSeconds?: number };

type Found = {
  readonly cluster: Cluster;
  readonly service: KubernetesService;
  readonly name: string;
  readonly resource: string;
  readonly at: string;
};

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
    at: `${name} (${host.name})`,
  };
  const notes: string[] = [];
  let facts = await readWorkload(found);
  const workloadLabel = labelOf(service);
  if (facts.replicas === 0) {
    const kept = Number(facts.kept ?? '');
    if (!Number.isSafeInteger(kept) || kept <= 0)
      throw serviceError(
        `${name} is scaled to 0: no pod of it runs on the cluster of ${host.name}`,
        `Start it first: kubectl --namespace=${namespace} scale ${workload.kind}/${workload.name} --replicas=1`,
      );
    const stopped = { resource: found.resource, workloadLabel, shown: name, kept };
    notes.push(await heal(found.cluster, stopped, limits.healingSeconds));
    facts = await readWorkload(found);
  }
  const selector = renderSelector(facts);
  if (selector === undefined)
    throw serviceError(
      `The selector of ${name} doesn't tell its pods from others`,
      'Give it a selector by labels (spec.selector.matchLabels).',
    );
  const pods = (await readPods(found, ['--selector', selector])).filter((pod) => !isOver(pod) && !pod.leaving);
  const settled = await settle(found, facts, pods, registryConfig);
  const { container, pod, process, configPath, settings, version } = settled;
  const others = await readPods(found, []);
  const place = settings.storage.root === undefined ? undefined : placeOf(settings.storage.root, container, pod);
  const claim = place?.volume.claim == null ? undefined : await readClaim(found, place.volume.claim);
  const refusal = refusalFor(found, facts, pods, others, settings, place);
  const offlineRefusal = refusal === undefined ? await offlineRefusalFor(found, facts, process, place) : undefined;
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
        workload: workloadLabel,
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

async function readWorkload(found: Found): Promise<WorkloadFacts> {
  const { cluster, resource, service, name } = found;
  const ran = await tell(cluster, ['get', resource, '-o', `go-template=${workloadTemplate}`]);
  if (isNotFound(ran)) throw await notThere(found);
  if (ran.status !== 0) throw refusalOf(cluster, `read the ${service.workload.kind} ${service.workload.name}`, ran);
  return parseWorkload(ran.stdout) ?? unreadable(name);
}

function unreadable(what: string): never {
  throw serviceError(
    `What kubectl tells of ${what} isn't understood`,
    'Look whether its names, images and paths hold characters that nobody would type. If not, report it.',
  );
}

/** Which there are instead. */
async function notThere({ cluster, service, name }: Found): Promise<Error> {
  const { namespace, workload } = service;
  const what = `There is no ${workload.kind} ${workload.name} in namespace ${namespace} on the cluster of ${cluster.host.name}`;
  const listed = await tell(cluster, ['get', 'deployments.apps,statefulsets.apps', '-o', 'name']);
  const there = names(listed.stdout).map((each) => each.replace(/^(deployment|statefulset)\.apps\//, '$1/'));
  if (listed.status === 0 && there.length > 0)
    return serviceError(what, `There are ${there.join(', ')}. Write kubectl:${namespace}/KIND/NAME for one of them.`);
  const space = await tell(cluster, ['get', `namespaces/${namespace}`, '-o', 'name']);
  if (isNotFound(space)) {
    const spaces = await tell(cluster, ['get', 'namespaces', '-o', 'name']);
    const known = names(spaces.stdout).map((each) => each.replace(/^namespace\//, ''));
    return serviceError(
      `There is no namespace ${namespace} on the cluster of ${cluster.host.name}, which ${name} names`,
      known.length === 0 ? 'Correct registry-service.' : `Correct registry-service: there are ${known.join(', ')}.`,
    );
  }
  return serviceError(
    what,
    'There is no deployment and no statefulset in it that kubectl may see. Correct registry-service.',
  );
}

/** At most twenty, to be shown. */
function names(printed: string): readonly string[] {
  const all = printed.split('\n').flatMap((line) => (line.trim() === '' ? [] : [shown(line)]));
  return all.length > 20 ? [...all.slice(0, 20), `${all.length - 20} more`] : all;
}

async function readPods({ cluster, name }: Found, which: readonly string[]): Promise<readonly PodFacts[]> {
  const printed = await ask(cluster, 'list pods', ['get', 'pods', ...which, '-o', `go-template=${podsTemplate}`]);
  return parsePods(printed) ?? unreadable(`the pods beside ${name}`);
}

async function readClaim({ cluster }: Found, claim: string) {
  const printed = await ask(cluster, 'read its volume claim', [
    ...['get', `persistentvolumeclaims/${claim}`, '-o', `go-template=${claimTemplate}`],
  ]);
  return parseClaim(printed) ?? unreadable(`the volume claim ${claim}`);
}

type Settled = {
  readonly container: Container;
  readonly pod: PodFacts;
  readonly process: Process;
  readonly configPath: string;
  readonly settings: Settings;
  readonly version: FoundService['version'];
};

/** Which container is the registry, what it is, and what it was told. */
async function settle(
  found: Found,
  facts: WorkloadFacts,
  pods: readonly PodFacts[],
  registryConfig: string | undefined,
): Promise<Settled> {
  const { cluster, name } = found;
  const { host, namespace } = cluster;
  const pod = pods.find(
    ({ phase, containers }) => phase === 'Running' && containers.length > 0 && containers.every(({ ready }) => ready),
  );
  if (pod?.node == null)
    throw serviceError(
      `No pod of ${name} is ready, so nothing can be learned of it`,
      `See "kubectl --namespace=${namespace} get pods", and bring it up first.`,
    );
  const answers: { readonly container: Container; readonly process: Process }[] = [];
  let silence = '';
  for (const container of facts.containers) {
    const ran = await host.run(processesScript(namespace, pod.name, container.name), { timeoutMs: 120_000 });
    if (ran.status !== 0 && /\(Forbidden\)|is forbidden: /.test(ran.stderr))
      throw refusalOf(cluster, 'run commands in its pods', ran);
    if (ran.status !== 0) silence = shown(ran.stderr);
    const processes = parseProcesses(ran.stdout);
    const [first] = processes;
    if (new Set(processes.map((each) => JSON.stringify(each))).size > 1)
      throw serviceError(
        `Several registries run in the container ${container.name} of ${name}`,
        'Run one registry in a container, so that it is clear which storage is meant.',
      );
    if (first !== undefined) answers.push({ container, process: first });
  }
  const known = answers.filter(({ process }) => !isRefusal(parseVersion(process.version, name)));
  const [answer, second] = known.length > 0 ? known : answers;
  if (answer === undefined)
    throw serviceError(
      `No container of ${name} answers "registry --version" (${facts.containers.map((each) => each.name).join(', ')})${silence === '' ? '' : `: ${silence}`}`,
      'Name the workload that runs the image registry:2 or registry:3; its container needs a shell, as those have.',
    );
  if (second !== undefined)
    throw serviceError(
      `Several containers of ${name} are registries: ${known.map(({ container }) => container.name).join(', ')}`,
      'Run each registry in a workload of its own, so that it is clear which one is meant.',
    );
  const version = accepted(parseVersion(answer.process.version, name));
  if (!/^[\w./-]+$/.test(answer.process.program))
    throw serviceError(
      `The program of ${name} has a name that isn't understood: ${shown(answer.process.program)}`,
      'Run the image registry:2 or registry:3.',
    );
  const where = [namespace, pod.name, answer.container.name] as const;
  const environment = await reduce(found, environmentOf(...where), 'its environment');
  const configPath = registryConfig ?? pathOf(answer.process.args) ?? configurationOf(environment);
  if (configPath?.startsWith('/') !== true)
    throw serviceError(
      `${name} doesn't say where its configuration is${configPath === undefined ? '' : `: ${shown(configPath)} is no absolute path`}`,
      'Say it in registry-config: the path in its container.',
    );
  const file = await reduce(found, configurationAt(...where, configPath), configPath);
  return {
    ...{ container: answer.container, pod, process: answer.process, configPath, version },
    settings: accepted(readSettings({ file, environment }, configPath)),
  };
}

/** The one argument of `serve`. */
function pathOf(args: readonly string[]): string | undefined {
  return args.slice(args.indexOf('serve') + 1).find((arg) => !arg.startsWith('-'));
}

function accepted<T extends object>(value: T | Refusal): T {
  if (isRefusal(value)) throw serviceError(shown(value.what), value.wayOut);
  return value;
}

async function reduce({ cluster, name }: Found, script: string, what: string): Promise<string> {
  const ran = await cluster.host.run(script, { timeoutMs: 120_000 });
  if (ran.status === 0) return ran.stdout;
  throw serviceError(
    `${shown(what)} can't be read in the pod of ${name}: ${shown(ran.stderr)}`,
    'If the registry reads another file, say it in registry-config: the path in its container.',
  );
}

function refusalFor(
  { at, name }: Found,
  facts: WorkloadFacts,
  pods: readonly PodFacts[],
  others: readonly PodFacts[],
  { storage }: Settings,
  place: Place | undefined,
): Problem | undefined {
  const problem = (what: string, wayOut: string): Problem => ({ at, what, wayOut });
  if (storage.driver === 'inmemory')
    return problem(
      'The registry keeps its images in memory (inmemory): the restart would lose every image.',
      'Give it a storage, and push the images again.',
    );
  if (facts.paused)
    return problem(`${name} is paused: its pods can't be restarted.`, 'Resume it: kubectl rollout resume.');
  if (facts.strategy === 'OnDelete' || facts.partition > 0)
    return problem(
      `${name} doesn't replace its pods by itself (updateStrategy), so they can't be restarted.`,
      'Set its updateStrategy to RollingUpdate, without a partition.',
    );
  if (storage.root === undefined) return undefined;
  const refused = placeRefusal(storage.root, place, at);
  if (refused !== undefined || place === undefined) return refused;
  if (!isShared(place, pods))
    return problem(
      `The pods of ${name} don't share one storage: each has its own, and which of them answers is chance.`,
      'Run one pod, or give them one volume that they share (ReadWriteMany), or an object store.',
    );
  const stranger = strangers(place, pods, others).at(0);
  if (stranger !== undefined)
    return problem(
      `Another pod holds the same storage: ${shown(stranger.name)}.`,
      'What it pushes meanwhile would be lost. Stop it while garbage is collected, or take the volume from it.',
    );
  return undefined;
}

async function offlineRefusalFor(
  { at, name, cluster, service }: Found,
  facts: WorkloadFacts,
  process: Process,
  place: Place | undefined,
): Promise<Problem | undefined> {
  const problem = (what: string, wayOut: string): Problem => ({ at, what, wayOut });
  const printed = await ask(cluster, 'list autoscalers', [
    ...['get', 'horizontalpodautoscalers.autoscaling', '-o', `go-template=${autoscalersTemplate}`],
  ]);
  const autoscaler = (parseAutoscalers(printed) ?? unreadable('the autoscalers')).find(
    ({ kind, target }) => kind.toLowerCase() === service.workload.kind && target === service.workload.name,
  );
  if (autoscaler !== undefined)
    return problem(
      `The autoscaler ${shown(autoscaler.name)} decides how many pods ${name} has: it would start the registry under the collector.`,
      'Delete the autoscaler, or collect online with the registry read-only.',
    );
  const [owner] = facts.owner;
  if (owner !== undefined)
    return problem(
      `${name} belongs to another controller (${shown(owner)}), which would start the registry under the collector.`,
      'Collect online with the registry read-only.',
    );
  if (facts.whenScaled === 'Delete' && facts.claims.length > 0)
    return problem(
      `${name} deletes its volumes when it is scaled to 0 (persistentVolumeClaimRetentionPolicy): every image would be lost.`,
      'Set whenScaled to Retain.',
    );
  if (place?.ownPath === true)
    return problem(
      `The storage of ${name} is a directory of each pod's own (subPathExpr), which another pod doesn't see.`,
      'Mount it with a fixed subPath, or collect online with the registry read-only.',
    );
  if (!process.sameEnvironment)
    return problem(
      `${name} starts the registry with settings that only its start command knows: another pod hasn't got them.`,
      "Set them in the container's env, or collect online with the registry read-only.",
    );
  return undefined;
}
