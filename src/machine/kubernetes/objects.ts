/**
 * The cluster's objects, reduced to what is needed of them before they leave the host (pure): go-templates that kubectl
 * fills in, and what they print, checked. No value of an environment is among it, no secret, no annotation of others.
 */
import { z } from 'zod';

/** Remembers, while the registry is stopped, how many pods it had. */
export const keptReplicas = 'registry-prune/replicas';
/** The labels of a pod of ours. */
export const managedBy = 'app.kubernetes.io/managed-by';
export const ofWorkload = 'registry-prune/workload';
export const runLabel = 'registry-prune/run';
export const forPurpose = 'registry-prune/purpose';

const text = (path: string) => `{{with ${path}}}{{printf "%q" .}}{{else}}null{{end}}`;
const number = (path: string) => `{{with ${path}}}{{.}}{{else}}0{{end}}`;
const flag = (path: string) => `{{if ${path}}}true{{else}}false{{end}}`;
const list = (path: string, item: string) => `[{{range $at, $item := ${path}}}{{if $at}},{{end}}${item}{{end}}]`;
const annotation = (name: string) =>
  `{{with .metadata.annotations}}{{with index . "${name}"}}{{printf "%q" .}}{{else}}null{{end}}{{else}}null{{end}}`;
const label = (name: string) =>
  `{{with .metadata.labels}}{{with index . "${name}"}}{{printf "%q" .}}{{else}}null{{end}}{{else}}null{{end}}`;
const object = (fields: Readonly<Record<string, string>>) =>
  `{${Object.entries(fields)
    .map(([name, value]) => `"${name}":${value}`)
    .join(',')}}`;
/** Without a count of its own: a last null takes the comma. */
const texts = (path: string, item: string) => `[{{range ${path}}}{{printf "%q" ${item}}},{{end}}null]`;

// A volume is its name and one other key, which says what kind it is. Keys of a map come in their order.
const volumes = (path: string) =>
  `[{{range $at, $volume := ${path}}}{{if $at}},{{end}}${object({
    name: text('$volume.name'),
    kinds: '[{{range $key, $value := $volume}}{{if ne $key "name"}}{{printf "%q" $key}},{{end}}{{end}}null]',
    claim: '{{with $volume.persistentVolumeClaim}}{{printf "%q" .claimName}}{{else}}null{{end}}',
    path: '{{with $volume.hostPath}}{{printf "%q" .path}}{{else}}{{with $volume.nfs}}{{printf "%q" .path}}{{else}}null{{end}}{{end}}',
    server: '{{with $volume.nfs}}{{printf "%q" .server}}{{else}}null{{end}}',
  })}{{end}}]`;

const volume = z
  .object({
    name: z.string(),
    kinds: z.array(z.string().nullable()),
    claim: z.string().nullable(),
    path: z.string().nullable(),
    server: z.string().nullable(),
  })
  .transform(({ kinds, ...rest }) => ({ ...rest, kind: kinds.find((kind) => kind !== null) ?? 'nothing' }));
export type Volume = z.output<typeof volume>;

const container = z.object({
  name: z.string(),
  image: z.string(),
  hasResources: z.boolean(),
  mounts: z.array(z.object({ name: z.string(), path: z.string(), readOnly: z.boolean(), ownPath: z.boolean() })),
});
export type Container = z.output<typeof container>;

export const workloadTemplate = object({
  uid: text('.metadata.uid'),
  owner: '[{{range .metadata.ownerReferences}}{{if .controller}}{{printf "%q" .kind}},{{end}}{{end}}null]',
  kept: annotation(keptReplicas),
  replicas: number('.spec.replicas'),
  paused: flag('.spec.paused'),
  strategy: '{{with .spec.updateStrategy}}{{with .type}}{{printf "%q" .}}{{else}}null{{end}}{{else}}null{{end}}',
  partition:
    '{{with .spec.updateStrategy}}{{with .rollingUpdate}}{{with .partition}}{{.}}{{else}}0{{end}}{{else}}0{{end}}{{else}}0{{end}}',
  whenScaled:
    '{{with .spec.persistentVolumeClaimRetentionPolicy}}{{with .whenScaled}}{{printf "%q" .}}{{else}}null{{end}}{{else}}null{{end}}',
  grace: number('.spec.template.spec.terminationGracePeriodSeconds'),
  labels: `{{with .spec.selector.matchLabels}}{ {{range $key, $value := .}}{{printf "%q" $key}}:{{printf "%q" $value}},{{end}}"":""}{{else}}{ }{{end}}`,
  expressions: list(
    '.spec.selector.matchExpressions',
    object({
      key: text('$item.key'),
      operator: text('$item.operator'),
      values: texts('$item.values', '.'),
    }),
  ),
  claims: texts('.spec.volumeClaimTemplates', '.metadata.name'),
  containers: list(
    '.spec.template.spec.containers',
    object({
      name: text('$item.name'),
      image: text('$item.image'),
      hasResources: flag('$item.resources'),
      mounts: `[{{range $n, $mount := $item.volumeMounts}}{{if $n}},{{end}}${object({
        name: text('$mount.name'),
        path: text('$mount.mountPath'),
        readOnly: flag('$mount.readOnly'),
        ownPath: flag('$mount.subPathExpr'),
      })}{{end}}]`,
    }),
  ),
  volumes: volumes('.spec.template.spec.volumes'),
});

const present = z
  .array(z.string().nullable())
  .transform((items) => items.filter((item): item is string => item !== null));

const workload = z.object({
  uid: z.string(),
  owner: present,
  kept: z.string().nullable(),
  replicas: z.number(),
  paused: z.boolean(),
  strategy: z.string().nullable(),
  partition: z.number(),
  whenScaled: z.string().nullable(),
  grace: z.number(),
  labels: z
    .record(z.string(), z.string())
    .transform((labels) => Object.entries(labels).filter(([key]) => key !== ''))
    .transform((entries): readonly (readonly [string, string])[] => entries),
  expressions: z.array(z.object({ key: z.string(), operator: z.string(), values: present })),
  claims: present,
  containers: z.array(container),
  volumes: z.array(volume),
});
export type WorkloadFacts = z.output<typeof workload>;

/** Of a list of pods. */
export const podsTemplate = `[{{range $n, $pod := .items}}{{if $n}},{{end}}{{with $pod}}${object({
  name: text('.metadata.name'),
  uid: text('.metadata.uid'),
  leaving: flag('.metadata.deletionTimestamp'),
  managedBy: label(managedBy),
  of: label(ofWorkload),
  purpose: label(forPurpose),
  node: text('.spec.nodeName'),
  phase: text('.status.phase'),
  containers: list(
    '.status.containerStatuses',
    object({
      name: text('$item.name'),
      imageID: text('$item.imageID'),
      ready: flag('$item.ready'),
    }),
  ),
  volumes: volumes('.spec.volumes'),
})}{{end}}{{end}}]`;

const pod = z.object({
  name: z.string(),
  uid: z.string(),
  leaving: z.boolean(),
  managedBy: z.string().nullable(),
  of: z.string().nullable(),
  purpose: z.string().nullable(),
  node: z.string().nullable(),
  phase: z.string().nullable(),
  containers: z.array(z.object({ name: z.string(), imageID: z.string().nullable(), ready: z.boolean() })),
  volumes: z.array(volume),
});
export type PodFacts = z.output<typeof pod>;

/** Of a list of autoscalers. */
export const autoscalersTemplate = list(
  '.items',
  object({
    name: text('$item.metadata.name'),
    kind: text('$item.spec.scaleTargetRef.kind'),
    target: text('$item.spec.scaleTargetRef.name'),
  }),
);
const autoscaler = z.object({ name: z.string(), kind: z.string(), target: z.string() });
export type AutoscalerFacts = z.output<typeof autoscaler>;

/** Of one claim. */
export const claimTemplate = object({ phase: text('.status.phase'), modes: texts('.status.accessModes', '.') });
const claim = z.object({ phase: z.string().nullable(), modes: present });
export type ClaimFacts = z.output<typeof claim>;

/** `undefined`: kubectl printed something else than the template says. */
export const parseWorkload = (printed: string) => parse(workload, printed);
export const parsePods = (printed: string) => parse(z.array(pod), printed);
export const parseAutoscalers = (printed: string) => parse(z.array(autoscaler), printed);
export const parseClaim = (printed: string) => parse(claim, printed);

function parse<T extends z.ZodType>(schema: T, printed: string): z.output<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(printed)).data;
  } catch {
    return undefined;
  }
}
