// Kubernetes' objects as the small API server of the tests holds them, and how they are put together.

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type Meta = {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: readonly { kind: string; name: string; uid: string; controller?: boolean }[];
};

export type Item = {
  apiVersion: string;
  kind: string;
  metadata: Meta;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
};

export type EnvironmentEntry = {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly secretKeyRef: { readonly name: string; readonly key: string } };
};

export type ContainerSpec = {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentEntry[];
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly subPathExpr?: string;
  }[];
  readonly [key: string]: unknown;
};

export type VolumeSpec = {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly hostPath?: { readonly path: string };
  readonly configMap?: { readonly name: string };
  readonly [key: string]: unknown;
};

export type PodSpec = {
  readonly nodeName?: string;
  readonly containers: readonly ContainerSpec[];
  readonly volumes?: readonly VolumeSpec[];
  readonly [key: string]: unknown;
};

export type WorkloadSpec = {
  replicas: number;
  readonly selector: { readonly matchLabels?: Record<string, string>; readonly matchExpressions?: readonly unknown[] };
  template: { metadata: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: PodSpec };
  readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  readonly [key: string]: unknown;
};

/** RFC 7386; a list replaces a list, which is all that is asked of a strategic patch here. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch))
    if (value === null) Reflect.deleteProperty(result, key);
    else result[key] = mergePatch(result[key], value);
  return result;
}

/** `a=b,c in (d,e),!f`, as kubectl sends it. */
export function matches(labels: Readonly<Record<string, string>>, selector: string): boolean {
  return selector
    .split(/,(?![^(]*\))/)
    .filter((part) => part !== '')
    .every((part) => {
      const [, key = '', operator, values = ''] = /^(\S+) (in|notin) \((.*)\)$/.exec(part) ?? [];
      if (operator !== undefined) return values.split(',').includes(labels[key] ?? '') === (operator === 'in');
      if (part.startsWith('!')) return !(part.slice(1) in labels);
      const [, unequal, other] = /^([^!=]+)!=(.*)$/.exec(part) ?? [];
      if (unequal !== undefined) return labels[unequal] !== other;
      const [name = '', value] = part.split(/==?/);
      return value === undefined ? name in labels : labels[name] === value;
    });
}

/** `status.phase!=Failed,metadata.name=x`. */
export function matchesFields(item: Item, selector: string): boolean {
  return selector
    .split(',')
    .filter((part) => part !== '')
    .every((part) => {
      const [, path = '', operator = '', value = ''] = /^([^!=]+)(!?==?)(.*)$/.exec(part) ?? [];
      const found = path
        .split('.')
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], item);
      return (found === value) === !operator.startsWith('!');
    });
}
