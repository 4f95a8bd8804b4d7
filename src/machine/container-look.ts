/**
 * What is asked of a container engine on the host, and how its answers are read. The scripts ask and change nothing. An
 * answer is made of lines, a word in front of each: facts as JSON from fixed fields, never a container's environment or
 * arguments as they are; those can hold secrets.
 */
import { z } from 'zod';
import type { Answer } from './answer.ts';
import { quote } from './quote.ts';
import { settingsReduction } from './settings-reduction.ts';

export type Client = 'docker' | 'podman';

const names = z.array(z.string()).nullish();
const word = z
  .string()
  .nullish()
  .transform((text) => text ?? '');

const mount = z.object({
  Type: z.string(),
  Name: z.string().optional(),
  Source: z.string().optional(),
  Destination: z.string(),
  RW: z.boolean(),
});

const containerFacts = z.object({
  id: z.string().regex(/^[0-9a-f]{12,64}$/),
  name: z.string(),
  image: z.string().regex(/^(?:sha256:)?[0-9a-f]{64}$/),
  running: z.boolean(),
  paused: z.boolean(),
  restarting: z.boolean(),
  autoremove: z.boolean(),
  policy: word,
  retries: z.number(),
  mounts: z.array(mount).nullish(),
  networkmode: word,
  networks: names,
  hosts: names,
  groups: names,
  capadd: names,
  capdrop: names,
  privileged: z.boolean(),
  security: names,
  userns: word,
  dns: names,
  dnssearch: names,
  dnsoptions: names,
  runtime: word,
  ulimits: z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })).nullish(),
  user: word,
  label: word,
  /** Of a Swarm service, a pod of Kubernetes, or a unit of systemd: who else starts and stops it. */
  swarm: word,
  pod: word,
  unit: word,
});

export type ContainerFacts = Readonly<z.infer<typeof containerFacts>>;
export type ContainerMount = Readonly<z.infer<typeof mount>>;

function template(client: Client): string {
  // Docker's client reads the engine's answer as it is, where a field that is left out is an error unless it is looked up;
  // Podman's reads its own structures, in which nothing can be looked up.
  const host = (field: string): string =>
    `{{json ${client === 'docker' ? `(index .HostConfig "${field}")` : `.HostConfig.${field}`}}}`;
  const label = (name: string): string => `{{with .Config.Labels}}{{json (index . "${name}")}}{{else}}""{{end}}`;
  const fields: Readonly<Record<Exclude<keyof ContainerFacts, 'networks'>, string>> = {
    id: `{{json ${client === 'docker' ? '.Id' : '.ID'}}}`,
    name: '{{json .Name}}',
    image: '{{json .Image}}',
    running: '{{json .State.Running}}',
    paused: '{{json .State.Paused}}',
    restarting: '{{json .State.Restarting}}',
    autoremove: host('AutoRemove'),
    policy: '{{json .HostConfig.RestartPolicy.Name}}',
    retries: '{{json .HostConfig.RestartPolicy.MaximumRetryCount}}',
    mounts: '{{json .Mounts}}',
    networkmode: host('NetworkMode'),
    hosts: host('ExtraHosts'),
    groups: host('GroupAdd'),
    capadd: host('CapAdd'),
    capdrop: host('CapDrop'),
    privileged: host('Privileged'),
    security: host('SecurityOpt'),
    userns: host('UsernsMode'),
    dns: host('Dns'),
    dnssearch: host('DnsSearch'),
    dnsoptions: host('DnsOptions'),
    runtime: host('Runtime'),
    ulimits: host('Ulimits'),
    user: '{{json .Config.User}}',
    label: '{{json .ProcessLabel}}',
    swarm: label('com.docker.swarm.service.id'),
    pod: label('io.kubernetes.pod.name'),
    unit: label('PODMAN_SYSTEMD_UNIT'),
  };
  const lines = Object.entries(fields).map(([key, field]) => `${key} ${field}`);
  return [...lines, '{{range $name, $_ := .NetworkSettings.Networks}}network {{json $name}}', '{{end}}'].join('\n');
}

/** Reads the facts of one container. Undefined where they aren't what an engine says. */
export function factsOf(answer: Answer): ContainerFacts | undefined {
  const fields: [string, unknown][] = [];
  try {
    for (const key of Object.keys(containerFacts.shape)) {
      const text = answer.get(key)?.[0];
      if (text !== undefined) fields.push([key, JSON.parse(text)]);
    }
    fields.push(['networks', (answer.get('network') ?? []).map((text): unknown => JSON.parse(text))]);
  } catch {
    return undefined;
  }
  const facts = containerFacts.safeParse(Object.fromEntries(fields));
  return facts.success ? { ...facts.data, name: facts.data.name.replace(/^\//, '') } : undefined;
}

const environmentLines = quote('{{range .Config.Env}}{{println .}}{{end}}');
const environmentJson = quote('{{range .Config.Env}}{{json .}}\n{{end}}');

// Runs in the container: which program serves there, with which configuration. Arguments are looked at there, and only a
// path leaves: others can hold secrets.
const findProcess = String.raw`
for rp_p in /proc/[0-9]*; do
  tr '\0' '\n' 2>/dev/null <"$rp_p/cmdline" | {
    IFS= read -r rp_0; IFS= read -r rp_1; IFS= read -r rp_2
    case $rp_1 in
      garbage-collect) echo collecting ;;
      serve)
        rp_exe=$(readlink "$rp_p/exe") || rp_exe=$(command -v "$rp_0")
        printf '%s\n' "process ${'$'}{rp_p#/proc/}"
        printf '%s\n' "program $rp_exe"
        case $rp_2 in
          /*) printf '%s\n' "config $rp_2" ;;
          -* | '') ;;
          *) printf '%s\n' "config $(readlink "$rp_p/cwd")/$rp_2" ;;
        esac ;;
    esac
  }
done 2>/dev/null
:
`;

// Names of REGISTRY_ variables whose process has another value than its container.
const compareEnvironments = String.raw`
$0 == "=" { behind = 1; next }
{ name = $0; sub(/=.*/, "", name) }
!behind { container[name] = $0; next }
{ seen[name] = 1; if (container[name] != $0) print "differs " name }
END { for (name in container) if (!(name in seen)) print "differs " name }
`;

const brokenVariables = String.raw`
{ text = $0; gsub(/\\\\/, "", text) }
text ~ /\\[nr]/ { name = substr($0, 2); sub(/=.*/, "", name); print "broken " name }
`;

/** Marks the containers that are made beside a registry, with the id of the registry's container as its value. */
export const registryLabel = 'registry-prune.registry';
/** On the same, `ID=POLICY` of each registry that is stopped: what a run that died couldn't put back. */
export const policyLabel = 'registry-prune.policies';

const keptPolicies = `docker ps --all --filter "label=${registryLabel}=$rp_id" --format 'kept {{.Label "${policyLabel}"}}'`;

/** Shell text that leaves the ids of the service's containers in `rp_ids`, or says `fail WORD` and leaves the script. */
export type FindIds = (client: Client) => string;

export const findByName =
  (name: string): FindIds =>
  (client) => `
rp_ids=$(${client} container inspect --format '{{.Id}}' ${quote(name)} 2>/dev/null) || {
  echo fail no-container
  ${client} container inspect --format '{{.Id}}' ${quote(name)} 2>&1 | sed 's/^/words /'
  ${client} ps --format 'there {{.Names}} ({{.Image}})' | sort | head -n 20
  exit 0
}`;

/** The first questions: is there an engine, which containers are it, what are they, what runs in them and how. */
export function lookScript(client: Client, findIds: FindIds, registryConfig: string | undefined): string {
  const inspect = `${client} container inspect --format`;
  const reduce = (mode: string): string => `awk -v mode=${mode} ${quote(settingsReduction)}`;
  return `
command -v ${client} >/dev/null 2>&1 || { echo fail no-client; exit 0; }
rp_said=$(${client} ps --quiet 2>&1 >/dev/null) || {
  echo fail no-engine
  printf '%s\\n' "$rp_said" | sed 's/^/words /'
  exit 0
}
${findIds(client)}
for rp_id in $rp_ids; do
  printf '%s\\n' "begin $rp_id"
  ${inspect} ${quote(template(client))} "$rp_id" || continue
  ${client === 'docker' ? keptPolicies : ':'}
  ${inspect} ${environmentJson} "$rp_id" | awk ${quote(brokenVariables)}
  [ "$(${inspect} '{{.State.Running}}{{.State.Paused}}{{.State.Restarting}}' "$rp_id")" = truefalsefalse ] || continue
  rp_seen=$(${client} exec "$rp_id" sh -c ${quote(findProcess)} 2>/dev/null) || {
    echo no-shell
    ${client} exec "$rp_id" sh -c : 2>&1 | sed 's/^/words /'
    continue
  }
  printf '%s\\n' "$rp_seen"
  rp_program=$(printf '%s\\n' "$rp_seen" | sed -n 's/^program //p' | head -n 1)
  [ -n "$rp_program" ] || continue
  # A client may warn of something on its standard error.
  rp_version=$(${client} exec "$rp_id" "$rp_program" --version 2>/dev/null)
  [ -n "$rp_version" ] || rp_version=$(${client} exec "$rp_id" "$rp_program" --version 2>&1)
  printf '%s\\n' "$rp_version" | head -n 1 | sed 's/^/version /'
  rp_set=$(${inspect} ${environmentLines} "$rp_id" | grep '^REGISTRY_' | sort)
  rp_process=$(printf '%s\\n' "$rp_seen" | sed -n 's/^process //p' | head -n 1)
  rp_has=$(${client} exec "$rp_id" cat "/proc/$rp_process/environ" 2>/dev/null | tr '\\0' '\\n' | grep '^[A-Z]')
  [ -z "$rp_has" ] || {
    [ -z "$rp_set" ] || printf '%s\\n' "$rp_set"
    echo =
    printf '%s\\n' "$rp_has" | grep '^REGISTRY_'
  } | awk ${quote(compareEnvironments)}
  rp_reduced=$(printf '%s\\n' "$rp_set" | ${reduce('environment')})
  printf '%s\\n' "$rp_reduced" | sed 's/^/environment /'
  rp_config=${quote(registryConfig ?? '')}
  [ -n "$rp_config" ] || rp_config=$(printf '%s\\n' "$rp_seen" | sed -n 's/^config //p' | head -n 1)
  [ -n "$rp_config" ] || rp_config=$(printf '%s\\n' "$rp_reduced" | sed -n 's/^s configuration.path //p' | head -n 1)
  [ -n "$rp_config" ] || continue
  printf '%s\\n' "configpath $rp_config"
  if rp_text=$(${client} exec "$rp_id" cat "$rp_config" 2>/dev/null); then
    printf '%s\\n' "$rp_text" | ${reduce('file')} | sed 's/^/file /'
    echo read
  fi
done
`;
}

// Runs in the container: on which mount the storage lies, and whether there is any.
const findPlace = (root: string): string => String.raw`
rp_root=${quote(root)}
rp_real=$(readlink -f "$rp_root") || rp_real=$rp_root
printf '%s\n' "real $rp_real"
rp_best= rp_type=
while read -r _ rp_mount rp_kind _; do
  rp_mount=$(printf '%b' "$rp_mount")
  case $rp_mount in /) rp_in=/ ;; *) rp_in=$rp_mount/ ;; esac
  case $rp_real/ in
    "$rp_in"*) if [ ${'$'}{#rp_mount} -ge ${'$'}{#rp_best} ]; then rp_best=$rp_mount rp_type=$rp_kind; fi ;;
  esac
done </proc/self/mounts
printf '%s\n' "mount $rp_best"
printf '%s\n' "fstype $rp_type"
`;

const registryOf = `{{with .Config.Labels}}{{json (index . "${registryLabel}")}}{{else}}""{{end}}`;
const otherTemplate = `other [{{json .ID}},{{json .Name}},{{json .HostConfig.NetworkMode}},{{json .Mounts}},${registryOf}]`;

/** The second questions: where the storage lies, what the container changed of its image, which other containers run. */
export function placeScript(
  client: Client,
  options: {
    readonly id: string;
    readonly root: string | undefined;
    readonly configPath: string;
    readonly program: string;
  },
): string {
  const { id, root, configPath, program } = options;
  const other = client === 'docker' ? otherTemplate.replace('.ID', '.Id') : otherTemplate;
  const place = root === undefined ? '' : `${client} exec ${id} sh -c ${quote(findPlace(root))} || exit 1\n`;
  return `${place}rp_1=${quote(configPath)} rp_2=${quote(program)}
export rp_1 rp_2
rp_changed=$(${client} diff ${id}) || exit 1
printf '%s\\n' "$rp_changed" | awk '{ path = substr($0, 3) } path == ENVIRON["rp_1"] || path == ENVIRON["rp_2"] { print "changed " path }'
rp_all=$(${client} ps --quiet --no-trunc) || exit 1
# One that ends meanwhile is an error of inspect, and no container that runs.
[ -z "$rp_all" ] || ${client} container inspect --format ${quote(other)} $rp_all 2>/dev/null || :
`;
}

const others = z.tuple([
  z.string().regex(/^[0-9a-f]{12,64}$/),
  z.string(),
  z.string(),
  z.array(mount).nullable(),
  word,
]);

/** Another container that runs on the host. */
export type OtherContainer = {
  readonly id: string;
  readonly name: string;
  readonly networkMode: string;
  readonly mounts: readonly ContainerMount[];
  /** The registry's container beside which it was made by a run of this program; empty where none did. */
  readonly madeFor: string;
};

/** Undefined where one of them can't be read: then nothing is known of any. */
export function othersOf(answer: Answer): readonly OtherContainer[] | undefined {
  const found: OtherContainer[] = [];
  for (const line of answer.get('other') ?? []) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      return undefined;
    }
    const one = others.safeParse(value);
    if (!one.success) return undefined;
    const [id, name, networkMode, mounts, madeFor] = one.data;
    found.push({ id, name: name.replace(/^\//, ''), networkMode, mounts: mounts ?? [], madeFor });
  }
  return found;
}

/** The last question: what runs in containers that see the same files. `serves ID`, `else ID`; nothing where it isn't known. */
export function processesScript(client: Client, ids: readonly string[]): string {
  const top = client === 'docker' ? '-eo pid,args' : 'pid,args';
  return `
for rp_id in ${ids.join(' ')}; do
  rp_top=$(${client} top "$rp_id" ${top} 2>/dev/null) || continue
  printf '%s\\n' "$rp_top" | awk -v id="$rp_id" '
    NR > 1 && $3 == "serve" { serves = 1 }
    END { if (NR > 1) print (serves ? "serves " : "else ") id }'
done
`;
}
