/** A registry that an earlier run stopped and didn't start again. */
import { serviceError } from '../found-service.ts';
import { shown } from '../text.ts';
import { ask, kubectl, refusalOf, type Cluster } from './client.ts';
import { isOver } from './place.ts';
import { keptReplicas, managedBy, ofWorkload, parsePods, podsTemplate } from './objects.ts';

/**
 * Longer than a run leaves the registry stopped without a pod of its own at work: it waits up to a minute for its caller's
 * word, and for pods to end.
 */
const healingPatienceSeconds = 90;

export type Stopped = {
  readonly resource: string;
  readonly workloadLabel: string;
  readonly shown: string;
  readonly kept: number;
};

/**
 * Scales the workload back, and says so. Before that it looks whether the run that stopped it lives: then throws
 * MachineError, for there is nothing to heal.
 */
export async function heal(
  cluster: Cluster,
  stopped: Stopped,
  patienceSeconds = healingPatienceSeconds,
): Promise<string> {
  const { host, namespace } = cluster;
  const { resource, workloadLabel, kept } = stopped;
  await refuseWhileAtWork(cluster, stopped);
  const replicas = kubectl(namespace, [
    'get',
    resource,
    '-o',
    'go-template={{with .spec.replicas}}{{.}}{{else}}0{{end}}',
  ]);
  const watched = await host.run(
    [
      'rp_waited=0',
      `while [ "$rp_waited" -lt ${patienceSeconds} ]; do`,
      '  sleep 2',
      '  rp_waited=$((rp_waited + 2))',
      `  rp_now=$(${replicas}) || exit 1`,
      '  [ "$rp_now" = 0 ] || exit 20',
      `  [ -z "$(${kubectl(namespace, ['get', 'pods', `--selector=${selectorOf(workloadLabel)}`, '-o', 'name'])})" ] || exit 21`,
      'done',
      '',
    ].join('\n'),
  );
  if (watched.status === 20) return `Another run had stopped ${stopped.shown}, and has started it again.`;
  if (watched.status === 21) throw atWork(stopped, namespace, 'a pod of its own');
  if (watched.status !== 0) throw refusalOf(cluster, `look at ${resource}`, watched);
  const patch = JSON.stringify({ metadata: { annotations: { [keptReplicas]: null } }, spec: { replicas: kept } });
  await ask(cluster, `scale ${resource}`, ['patch', resource, '--type=merge', '-p', patch]);
  const rolled = await host.run(`${kubectl(namespace, ['rollout', 'status', resource, '--timeout=300s'])}\n`);
  if (rolled.status !== 0)
    throw serviceError(
      `An earlier run left ${stopped.shown} stopped; it was scaled back to ${kept}, and doesn't get ready: ${shown(rolled.stderr)}`,
      `See "kubectl --namespace=${namespace} describe ${resource}" and the log of its pods.`,
    );
  return `An earlier run left ${stopped.shown} stopped, without starting it again: it was scaled back to ${kept}.`;
}

function selectorOf(workloadLabel: string): string {
  return `${managedBy}=registry-prune,${ofWorkload}=${workloadLabel}`;
}

async function refuseWhileAtWork(cluster: Cluster, stopped: Stopped): Promise<void> {
  const selector = selectorOf(stopped.workloadLabel);
  const printed = await ask(cluster, 'read its pods', [
    ...['get', 'pods', `--selector=${selector}`, '-o', `go-template=${podsTemplate}`],
  ]);
  const pods = parsePods(printed) ?? [];
  const working = pods.find((pod) => !isOver(pod));
  if (working !== undefined) throw atWork(stopped, cluster.namespace, working.name);
  if (pods.length > 0)
    await ask(cluster, 'delete pods', ['delete', 'pods', ...pods.map(({ name }) => name), '--ignore-not-found']);
}

function atWork(stopped: Stopped, namespace: string, pod: string) {
  return serviceError(
    `${stopped.shown} is stopped, since another run collects its garbage in ${shown(pod)}`,
    `Wait for that run's end. If it is dead: "kubectl --namespace=${namespace} delete pods --selector=${selectorOf(stopped.workloadLabel)}", and run this again, which starts the registry.`,
  );
}
