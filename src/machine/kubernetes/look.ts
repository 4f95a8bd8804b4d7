/** What is read of the cluster's objects, and what is said where they aren't there. */
import type { Service } from '../../config/index.ts';
import { serviceError } from '../found-service.ts';
import { shown } from '../text.ts';
import { ask, isNotFound, refusalOf, tell, type Cluster } from './client.ts';
import {
  autoscalersTemplate,
  claimTemplate,
  parseAutoscalers,
  parseClaim,
  parsePods,
  parseWorkload,
  podsTemplate,
  workloadTemplate,
  type AutoscalerFacts,
  type ClaimFacts,
  type PodFacts,
  type WorkloadFacts,
} from './objects.ts';

export type KubernetesService = Extract<Service, { kind: 'kubectl' }>;

export type Found = {
  readonly cluster: Cluster;
  readonly service: KubernetesService;
  /** As shown: `kubectl:infra/registry`. */
  readonly name: string;
  /** As kubectl takes it: `deployments.apps/registry`. */
  readonly resource: string;
  /** Where a problem is. */
  readonly at: string;
};

export async function readWorkload(found: Found): Promise<WorkloadFacts> {
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

export async function readPods({ cluster, name }: Found, which: readonly string[]): Promise<readonly PodFacts[]> {
  const printed = await ask(cluster, 'list pods', ['get', 'pods', ...which, '-o', `go-template=${podsTemplate}`]);
  return parsePods(printed) ?? unreadable(`the pods beside ${name}`);
}

export async function readClaim({ cluster }: Found, claim: string): Promise<ClaimFacts> {
  const printed = await ask(cluster, 'read its volume claim', [
    ...['get', `persistentvolumeclaims/${claim}`, '-o', `go-template=${claimTemplate}`],
  ]);
  return parseClaim(printed) ?? unreadable(`the volume claim ${claim}`);
}

export async function readAutoscalers({ cluster }: Found): Promise<readonly AutoscalerFacts[]> {
  const printed = await ask(cluster, 'list autoscalers', [
    ...['get', 'horizontalpodautoscalers.autoscaling', '-o', `go-template=${autoscalersTemplate}`],
  ]);
  return parseAutoscalers(printed) ?? unreadable('the autoscalers');
}
