/** Which container of a workload's pods is the registry, what it is, and what it was told. */
import {
  configurationOf,
  isRefusal,
  parseVersion,
  readSettings,
  type Refusal,
  type Settings,
} from '../distribution.ts';
import { serviceError, type Version } from '../found-service.ts';
import { shown } from '../text.ts';
import { isForbidden, refusalOf } from './client.ts';
import { configurationAt, environmentOf, parseProcesses, processesScript, type Process } from './inspection.ts';
import type { Found } from './look.ts';
import type { Container, PodFacts, WorkloadFacts } from './objects.ts';

export type RegistryContainer = {
  readonly container: Container;
  readonly pod: PodFacts;
  readonly process: Process;
  readonly configPath: string;
  readonly settings: Settings;
  readonly version: Version;
};

/** Throws MachineError where it can't be told. */
export async function findContainer(
  found: Found,
  facts: WorkloadFacts,
  pods: readonly PodFacts[],
  registryConfig: string | undefined,
): Promise<RegistryContainer> {
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
    if (ran.status !== 0 && isForbidden(ran)) throw refusalOf(cluster, 'run commands in its pods', ran);
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
  // A program that serves is the registry; one that is only there may be what somebody collects with.
  const serving = answers.filter(({ process }) => process.args.includes('serve'));
  const known = (serving.length > 0 ? serving : answers).filter(
    ({ process }) => !isRefusal(parseVersion(process.version, name)),
  );
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
