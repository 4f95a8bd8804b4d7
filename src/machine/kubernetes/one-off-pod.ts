/**
 * The pod in which the collector runs: the workload's own pod template, changed by a JSON patch (RFC 6902) that kubectl
 * applies on the host, so that what is in its environment stays there (pure).
 */
import { forPurpose, managedBy, ofWorkload, runLabel } from './objects.ts';

/** `check`: the dry run, beside the running registry. `files`: a shell on its files. `collect`: the collector. */
export type Purpose = 'check' | 'files' | 'collect';

export type PodSource = {
  /** Of the workload, as a label's value. */
  readonly workload: string;
  readonly container: {
    readonly name: string;
    /** Its place in the template, and the number of containers there. */
    readonly index: number;
    readonly count: number;
    readonly image: string;
    readonly hasResources: boolean;
  };
  /** The image that runs now, by digest where the cluster says it. */
  readonly image: string;
  /** What the cluster calls it, where it knows no digest for it: then it is compared before the pod does anything. */
  readonly imageID: string;
  /** Where the running registry is: its image and its volume are there. */
  readonly node: string;
  /** Volumes that the template lacks and its pods have: those of a statefulset's own claims. */
  readonly claims: readonly { readonly volume: string; readonly claim: string }[];
  readonly hasVolumes: boolean;
};

type Operation =
  | { readonly op: 'test' | 'add'; readonly path: string; readonly value: unknown }
  | { readonly op: 'copy'; readonly from: string; readonly path: string }
  | { readonly op: 'remove'; readonly path: string };

/** A shell that waits to be asked (`kubectl exec`), and ends at once when it is told to: 1 is no process that dies of TERM. */
export const waitingShell = ['sh', '-c', "trap 'exit 0' TERM INT; while :; do sleep 1; done"];

/** Longest life of a shell whose caller is gone: it works on lists of links, which takes minutes at most. */
const filesSeconds = 3600;

/**
 * The patch that makes the pod of it: one container, none of its probes and ports, on the node of the running one. A null
 * is a field that isn't there. It fails where the template isn't any more what was seen.
 */
export function podPatch(source: PodSource, purpose: Purpose, command: readonly string[]): string {
  const { container } = source;
  const first = '/spec/containers/0';
  const set = (path: string, value: unknown): Operation => ({ op: 'add', path, value });
  const others = Array.from({ length: container.count }, (_, at) => ({
    op: 'remove' as const,
    path: `/spec/containers/${container.count - at}`,
  }));
  const operations: readonly Operation[] = [
    { op: 'test', path: `/spec/containers/${container.index}/name`, value: container.name },
    { op: 'test', path: `/spec/containers/${container.index}/image`, value: container.image },
    { op: 'copy', from: `/spec/containers/${container.index}`, path: first },
    ...others,
    set(`${first}/image`, source.image),
    set(`${first}/imagePullPolicy`, 'IfNotPresent'),
    set(`${first}/command`, command),
    ...['args', 'ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'stdin', 'tty'].map((name) =>
      set(`${first}/${name}`, null),
    ),
    // Beside the running registry there may be no room for what a second one would ask for; its limits stay.
    ...(purpose !== 'collect' && container.hasResources
      ? [set(`${first}/resources/requests`, { cpu: '0', memory: '0' })]
      : []),
    set('/spec/restartPolicy', 'Never'),
    set('/spec/nodeName', source.node),
    ...['topologySpreadConstraints', 'readinessGates', 'schedulingGates', 'hostname', 'subdomain'].map((name) =>
      set(`/spec/${name}`, null),
    ),
    set('/spec/activeDeadlineSeconds', purpose === 'files' ? filesSeconds : null),
    ...(source.claims.length > 0 && !source.hasVolumes ? [set('/spec/volumes', [])] : []),
    ...source.claims.map(({ volume, claim }) =>
      set('/spec/volumes/-', { name: volume, persistentVolumeClaim: { claimName: claim } }),
    ),
  ];
  return JSON.stringify(operations);
}

/**
 * The pod as a format of `printf`: its name, the run and the workload's template are to be filled in. None of the
 * template's labels: no Service and no workload may take this pod for its own. Meshes are asked to leave it alone: their
 * proxy would never end.
 */
export function podFormat({ workload }: PodSource, namespace: string, purpose: Purpose): string {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: '%s',
      namespace,
      labels: {
        [managedBy]: 'registry-prune',
        [runLabel]: '%s',
        [ofWorkload]: workload,
        [forPurpose]: purpose,
        'sidecar.istio.io/inject': 'false',
      },
      annotations: { 'linkerd.io/inject': 'disabled' },
    },
    spec: '%s',
  };
  return JSON.stringify(pod).replace('"spec":"%s"', '"spec":%s');
}
