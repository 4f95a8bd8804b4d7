/** The shell functions of a registry that runs in containers (`FoundService.functions`). */
import { policyLabel, registryLabel, type Client, type ContainerFacts } from './container-look.ts';
import { quote } from './quote.ts';

/** `policy`: the restart policy that it gets back; absent where it is never changed. */
export type StoppedContainer = { readonly id: string; readonly policy?: string };

export type ContainerFunctions = {
  readonly client: Client;
  /** All that serve the storage, the one that the collector is made after first. */
  readonly containers: readonly StoppedContainer[];
  /** What the collector's container is made after. */
  readonly facts: ContainerFacts;
  readonly program: string;
  readonly configPath: string;
  readonly root: string | undefined;
  /** Whether a stop is out of the question: then nothing is prepared for it. */
  readonly onlineOnly: boolean;
};

// Seen from inside: which directory the storage is, and which configuration there is. A collector that sees other ones
// would sweep another storage. Both stay on the host.
const sightScript = (root: string | undefined, configPath: string): string => `
rp_config=${quote(configPath)} rp_root=${quote(root ?? '')}
if [ -n "$rp_root" ]; then
  for rp_dir in "$rp_root/docker/registry/v2/repositories" "$rp_root/docker/registry/v2" "$rp_root"; do
    [ -d "$rp_dir" ] || continue
    stat -c 'storage %d:%i' "$rp_dir" || exit 1
    break
  done
fi
cat "$rp_config" || exit 1
`;

// Ends every collector that runs in the same container, and says whether one is left.
const killScript = String.raw`
rp_find() {
  for rp_p in /proc/[0-9]*; do
    tr '\0' '\n' 2>/dev/null <"$rp_p/cmdline" | {
      IFS= read -r rp_0; IFS= read -r rp_1
      [ "$rp_1" != garbage-collect ] || printf '%s\n' "${'$'}{rp_p#/proc/}"
    }
  done 2>/dev/null
}
rp_tries=0
while rp_left=$(rp_find) && [ -n "$rp_left" ]; do
  [ "$rp_tries" -lt 10 ] || exit 1
  kill -9 $rp_left 2>/dev/null
  rp_tries=$((rp_tries + 1))
  sleep 1
done
exit 0
`;

// Whether B has the variables of A, and of REGISTRY_ no other ones. Those that each container gets anew don't count.
const sameEnvironment = String.raw`
{ line = substr($0, 3) }
/^a / { if (line !~ /^"(HOSTNAME|HOME|TERM|container)=/) { want[line] = 1; wanted++ } }
/^b / { have[line] = 1; if (line ~ /^"REGISTRY_/) own[line] = 1 }
END {
  for (line in want) if (!(line in have)) bad = 1
  for (line in own) if (!(line in want)) bad = 1
  exit bad
}
`;

function flags(name: string, values: readonly string[] | null | undefined): readonly string[] {
  return (values ?? []).flatMap((value) => [name, value]);
}

function networkFlags(client: Client, facts: ContainerFacts): readonly string[] {
  const named = facts.networks ?? [];
  const mode = facts.networkmode;
  if (client === 'podman' && mode === 'bridge' && named.length > 0) return ['--network', named.join(',')];
  return mode === '' ? [] : ['--network', mode];
}

/** Networks beside the first: Docker's client takes them one by one, after the container is made. */
function moreNetworks(client: Client, facts: ContainerFacts): readonly string[] {
  if (client === 'podman' || ['host', 'none'].includes(facts.networkmode) || facts.networkmode.startsWith('container:'))
    return [];
  const first = facts.networkmode === 'default' ? 'bridge' : facts.networkmode;
  return (facts.networks ?? []).filter((name) => name !== first);
}

/** Of SELinux: the level is what tells containers apart. Seccomp profiles can't be handed on: inspect shows their text. */
function securityFlags({ security, label: process }: ContainerFacts): readonly string[] {
  const options = (security ?? []).filter((option) => !/^seccomp[=:](?!unconfined$)/.test(option));
  const level = /^[^:]*:[^:]*:[^:]*:(s[\w:.,-]+)$/.exec(process)?.[1];
  const own = level !== undefined && !options.some((option) => option.startsWith('label'));
  return flags('--security-opt', own ? [...options, `label=level:${level}`] : options);
}

/** Who shares another container's network has its names, too. */
function nameFlags({ networkmode, hosts, dns, dnssearch, dnsoptions }: ContainerFacts): readonly string[] {
  if (networkmode.startsWith('container:')) return [];
  return [
    ...flags('--add-host', hosts),
    ...flags('--dns', dns),
    ...flags('--dns-search', dnssearch),
    ...flags('--dns-option', dnsoptions),
  ];
}

function limitFlags({ ulimits }: ContainerFacts): readonly string[] {
  return (ulimits ?? []).flatMap(({ Name, Soft, Hard }) => [
    '--ulimit',
    `${Name.replace(/^RLIMIT_/, '').toLowerCase()}=${Soft}:${Hard}`,
  ]);
}

/** What a container of the same image needs to see and be what the registry sees and is. No secret is among it. */
function createFlags(client: Client, facts: ContainerFacts): readonly string[] {
  return [
    ...['--volumes-from', facts.id, '--restart', 'no', '--log-driver', 'none', '--no-healthcheck'],
    // Podman 4.3 takes a volume that both the image and --volumes-from name for two at one place.
    ...(client === 'podman' ? ['--http-proxy=false', '--image-volume=ignore'] : []),
    ...(client === 'docker' && facts.runtime !== '' ? ['--runtime', facts.runtime] : []),
    ...networkFlags(client, facts),
    ...(facts.user === '' ? [] : ['--user', facts.user]),
    ...flags('--group-add', facts.groups),
    ...nameFlags(facts),
    ...(facts.privileged ? ['--privileged'] : []),
    ...flags('--cap-add', facts.capadd),
    ...flags('--cap-drop', facts.capdrop),
    ...securityFlags(facts),
    ...(client === 'docker' && facts.userns !== '' ? ['--userns', facts.userns] : []),
    ...limitFlags(facts),
  ];
}

/** `on-failure:3`, as `update --restart` takes it. */
export function restartPolicy({ policy, retries }: Pick<ContainerFacts, 'policy' | 'retries'>): string {
  if (policy === '') return 'no';
  return policy === 'on-failure' && retries > 0 ? `${policy}:${retries}` : policy;
}

/** Renders them. Whatever goes in was checked, and is quoted here. */
export function containerFunctions(options: ContainerFunctions): string {
  const { client, containers, facts, program, configPath, root, onlineOnly } = options;
  const ids = containers.map(({ id }) => id).join(' ');
  const words = (list: readonly string[]): string => list.map(quote).join(' ');
  const connects = moreNetworks(client, facts).map(
    (network) => `  ${client} network connect ${quote(network)} "$svc_name" || return 1\n`,
  );
  const inspect = `${client} container inspect --format`;
  const states = `${inspect} '{{.State.Running}}{{.State.Paused}}{{.State.Restarting}}' ${ids}`;
  const mine = `--filter label=${registryLabel}=${facts.id}`;
  const policies = containers.flatMap(({ id, policy }) => (policy === undefined ? [] : [`${id}=${policy}`])).join(' ');
  const labels = ['--label', `${registryLabel}=${facts.id}`, '--label', `${policyLabel}=${policies}`];
  const collect = `${words([program])} garbage-collect`;
  return `
svc_inside() { ${client} exec --interactive ${facts.id} sh -s; }
svc_enter() {
  ${client} start "registry-prune-$rp_run" >/dev/null && ${client} exec --interactive "registry-prune-$rp_run" "$@"
}
svc_offline_inside() { svc_enter sh -s; }
svc_is_running() {
  svc_states=$(${states}) || return 1
  for svc_state in $svc_states; do [ "$svc_state" = truefalsefalse ] || return 1; done
}
svc_is_up() {
  svc_states=$(${states}) || return 1
  case "$svc_states" in *true*) return 0 ;; *) return 1 ;; esac
}
# NAME PROGRAM ARGUMENT...: a container that sees what the registry sees. Variables travel by standard input.
svc_create() {
  svc_name=$1 svc_program=$2
  shift 2
  ${inspect} '{{range .Config.Env}}{{println .}}{{end}}' ${facts.id} |
    ${client} create --name "$svc_name" --interactive --env-file /dev/stdin \\
      ${words([...labels, ...createFlags(client, facts)])} \\
      --entrypoint "$svc_program" ${facts.image} "$@" >/dev/null || return 1
${connects.join('')}  {
    ${inspect} '{{range .Config.Env}}a {{json .}}{{println}}{{end}}' ${facts.id} &&
      ${inspect} '{{range .Config.Env}}b {{json .}}{{println}}{{end}}' "$svc_name"
  } | awk ${quote(sameEnvironment)} || {
    echo "The container $svc_name doesn't have the variables of the registry's." >&2
    return 1
  }
}
svc_sight() { printf '%s' ${quote(sightScript(root, configPath))}; }
svc_prepare() {
${onlineOnly ? '  :' : prepare()}
}
svc_collect_check() {
  ${client} rm --force "registry-prune-$rp_run-check" >/dev/null 2>&1
  svc_create "registry-prune-$rp_run-check" ${collect} --dry-run ${quote(configPath)} || return 1
  ${client} start --attach "registry-prune-$rp_run-check"
  svc_status=$?
  ${client} rm --force "registry-prune-$rp_run-check" >/dev/null 2>&1
  return $svc_status
}
svc_collect_told() { svc_enter sh -c ${quote(waiting)} sh ${collect} ${quote(configPath)}; }
svc_collect_offline() { echo go | svc_collect_told; }
svc_collect_online_check() { ${client} exec ${facts.id} ${collect} --dry-run ${quote(configPath)}; }
svc_collect_online() { ${client} exec ${facts.id} ${collect} ${quote(configPath)}; }
svc_collect_kill() {
  svc_left=$(${client} ps --quiet --no-trunc ${mine}) || return 1
  [ -z "$svc_left" ] || ${client} kill $svc_left >/dev/null
  for svc_id in ${ids}; do
    svc_state=$(${inspect} '{{.State.Running}}' "$svc_id") || return 1
    [ "$svc_state" = true ] || continue
    printf '%s' ${quote(killScript)} | ${client} exec --interactive "$svc_id" sh -s || return 1
  done
  svc_left=$(${client} ps --quiet ${mine}) || return 1
  [ -z "$svc_left" ]
}
svc_cleanup() {
  svc_left=$(${client} ps --all --quiet ${mine}) || return 1
  # Their labels say which policy a run that died has left changed: it is put back first.
  if svc_is_up; then svc_policies || return 1; fi
  [ -z "$svc_left" ] || ${client} rm --force $svc_left >/dev/null
}
svc_restart() { ${client} restart ${ids} >/dev/null && svc_policies; }
${client === 'docker' ? dockerStop(containers) : podmanStop(ids)}
`;
}

// To make a container, and to take it away, takes longer than a small collection: this one is there before the stop and
// until after the start, and the collector is a second process in it.
const idling = 'while :; do sleep 3600; done';

// Becomes the collector once it is told to. At the end of its input it ends without.
const waiting = 'echo @waiting; IFS= read -r rp_told; [ "$rp_told" = go ] || exit 1; exec "$@"';

const prepare = (): string => `  svc_cleanup || return 1
  svc_create "registry-prune-$rp_run" sh -c ${quote(idling)} || return 1
  svc_here=$(svc_sight | svc_inside) || return 1
  svc_there=$(svc_sight | svc_offline_inside) || return 1
  [ "$svc_here" = "$svc_there" ] || {
    echo "A new container of the registry's image doesn't see the storage and the configuration that the registry has." >&2
    return 1
  }`;

// A stop ends `unless-stopped` and `on-failure` for good: with \`always\` a restart of the engine brings the registry back.
function dockerStop(containers: ContainerFunctions['containers']): string {
  const ids = containers.map(({ id }) => id).join(' ');
  const back = containers.flatMap(({ id, policy }) =>
    policy === undefined ? [] : [`  docker update --restart=${quote(policy)} ${id} >/dev/null || return 1\n`],
  );
  return `svc_policies() {
${back.join('')}}
svc_stop() { docker update --restart=always ${ids} >/dev/null && docker stop ${ids} >/dev/null; }
svc_start() { docker start ${ids} >/dev/null && svc_policies; }`;
}

const podmanStop = (ids: string): string => `svc_policies() { :; }
svc_stop() { podman stop ${ids} >/dev/null; }
svc_start() { podman start ${ids} >/dev/null; }`;
