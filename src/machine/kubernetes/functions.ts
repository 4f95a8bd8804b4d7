/** The shell functions of a registry in Kubernetes (FoundService.functions), which run on its host with kubectl. */
import { quote } from '../quote.ts';
import { limitsOf, type FunctionSource } from './function-source.ts';
import { keptReplicas, managedBy, ofWorkload, runLabel } from './objects.ts';
import { podFunctions } from './pod-functions.ts';

// Names of pods that answer, one a line.
const readyTemplate =
  '{{range .items}}{{if not .metadata.deletionTimestamp}}{{$name := .metadata.name}}{{range .status.conditions}}{{if eq .type "Ready"}}{{if eq .status "True"}}{{$name}}{{"\\n"}}{{end}}{{end}}{{end}}{{end}}{{end}}';

const replicasTemplate = '{{with .spec.replicas}}{{.}}{{else}}0{{end}}';
const keptTemplate = `{{with .metadata.annotations}}{{with index . "${keptReplicas}"}}{{.}}{{end}}{{end}}`;
// WANTED READY GENERATION SEEN
const countsTemplate = `${replicasTemplate} {{with .status.readyReplicas}}{{.}}{{else}}0{{end}} {{.metadata.generation}} {{.status.observedGeneration}}`;

/** What must be the same in the running container and in the one beside it: settings, configuration, the storage's own inodes. */
const sightScript = (configPath: string, root: string | undefined) => String.raw`
cat /proc/self/environ | tr '\n\000' ' \n' | grep '^REGISTRY_' | grep -v -e '^REGISTRY_SERVICE_' -e '^REGISTRY_PORT' | LC_ALL=C sort | cksum
cksum <${quote(configPath)} || exit 1
${root === undefined ? '' : `ls -id ${quote(root)} || exit 1; ls -id ${quote(`${root}/docker/registry/v2`)} 2>/dev/null`}
:
`;

// Ends every collector in a container. It comes by standard input: as an argument it would find itself.
const killScript = String.raw`
collectors() {
  for process in /proc/[0-9]*; do
    case $(tr '\000' ' ' <"$process/cmdline" 2>/dev/null) in
      *registry\ garbage-collect\ *) printf '%s\n' "${'$'}{process#/proc/}" ;;
    esac
  done
}
for signal in TERM TERM KILL KILL; do
  found=$(collectors)
  [ -n "$found" ] || exit 0
  kill -s $signal $found 2>/dev/null
  sleep 1
done
[ -z "$(collectors)" ]
`;

export function renderFunctions(source: FunctionSource): string {
  const { namespace, workload, selector, pod, program, configPath } = source;
  const { endSeconds, rolloutSeconds, pauseSeconds } = limitsOf(source);
  const ours = `${managedBy}=registry-prune,${ofWorkload}=${pod.workload}`;
  const container = quote(pod.container.name);
  const collector = (...flags: readonly string[]) => [program, 'garbage-collect', ...flags, configPath];
  const inPod = (command: readonly string[]) =>
    `rp_k exec "$rp_k_pod" --container=${container} -- ${command.map(quote).join(' ')}`;
  const stop = (replicas: string) =>
    `"{\\"metadata\\":{\\"annotations\\":{\\"${keptReplicas}\\":\\"${replicas}\\"}},\\"spec\\":{\\"replicas\\":0}}"`;
  const start = (replicas: string) =>
    `"{\\"metadata\\":{\\"annotations\\":{\\"${keptReplicas}\\":null}},\\"spec\\":{\\"replicas\\":${replicas}}}"`;

  return String.raw`
rp_k() { kubectl ${quote(`--namespace=${namespace}`)} "$@"; }
rp_k_ask() { rp_k "$@" --request-timeout=30s </dev/null; }
rp_k_workload=${quote(`${workload.kind}s.apps/${workload.name}`)}
rp_k_selector=${quote(selector)}
rp_k_sight=${quote(sightScript(configPath, source.root))}
rp_k_error() { printf 'error: %s\n' "$*" >&2; }
rp_k_word() { printf '%s' "$1" | tr -cd 'A-Za-z0-9' | tr 'A-Z' 'a-z' | cut -c 1-40; }
rp_k_name() { printf 'registry-prune-%s-%s' "$(rp_k_word "$rp_run")" "$1"; }

# A pod of the registry that answers, into rp_k_pod.
rp_k_find() {
  rp_k_pod=$(rp_k_ask get pods --selector="$rp_k_selector" -o ${quote(`go-template=${readyTemplate}`)}) || return 1
  rp_k_pod=$(printf '%s\n' "$rp_k_pod" | sed -n 1p)
  [ -n "$rp_k_pod" ] || { rp_k_error "no pod of $rp_k_workload is ready"; return 1; }
}

${podFunctions(source)}
svc_inside() {
  rp_k_find </dev/null && rp_k exec -i "$rp_k_pod" --container=${container} -- sh -s
}
svc_offline_inside() {
  rp_k_files </dev/null && rp_k exec -i "$(rp_k_name files)" --container=${container} -- sh -s
}
# The pod with a shell on the files: the one of svc_prepare, if it is still there.
rp_k_files() {
  if rp_k_look files 2>/dev/null; then
    case $rp_k_state in Running\ *' running'*) return 0 ;; esac
  fi
  rp_k_pod_of files && rp_k_await files && rp_k_same_image || return 1
  case $rp_k_state in *' running'*) ;; *) rp_k_error "the pod $(rp_k_name files) ended: $rp_k_state"; return 1 ;; esac
}

svc_is_running() {
  rp_k_counts=$(rp_k_ask get "$rp_k_workload" -o ${quote(`go-template=${countsTemplate}`)}) || return 1
  set -- $rp_k_counts
  [ "$1" -gt 0 ] && [ "$1" = "$2" ] && [ "$3" = "$4" ]
}
svc_is_up() {
  rp_k_wanted=$(rp_k_ask get "$rp_k_workload" -o ${quote(`go-template=${replicasTemplate}`)}) && [ "$rp_k_wanted" -gt 0 ]
}
svc_is_stopped() {
  rp_k_wanted=$(rp_k_ask get "$rp_k_workload" -o ${quote(`go-template=${replicasTemplate}`)}) && [ "$rp_k_wanted" = 0 ] &&
    rp_k_left=$(rp_k_left) && [ -z "$rp_k_left" ]
}
# Pods that may still write. Those that have ended stay in the list when they were evicted.
rp_k_left() {
  rp_k_ask get pods --selector="$rp_k_selector" --field-selector=status.phase!=Succeeded,status.phase!=Failed -o name
}

# Nothing of it is left on the host: all that is needed later comes from the cluster. Here the rights to it are proven.
svc_prepare() {
  for rp_k_right in 'patch '"$rp_k_workload" 'watch '"$rp_k_workload" 'create pods' 'delete pods' \
    'get pods --subresource=log' 'create pods --subresource=exec'; do
    rp_k_ask auth can-i $rp_k_right -q || {
      rp_k_error "the account of kubectl may not: $rp_k_right, in namespace "${quote(namespace)}
      return 1
    }
  done
  ${
    source.beside
      ? 'rp_k_files && rp_k_alone && rp_k_same_sight'
      : // Only one pod may hold this volume. What another one sees can't be compared before the stop.
        'rp_k_alone'
  }
}
# Runs on other machines know nothing of this one's lock. Each makes its pod first and then looks for others.
rp_k_alone() {
  rp_k_others=$(rp_k_ask get pods --selector=${quote(`${ours},${runLabel}!=`)}"$(rp_k_word "$rp_run")" \
    --field-selector=status.phase!=Succeeded,status.phase!=Failed -o name) || return 1
  [ -z "$rp_k_others" ] || { rp_k_error "another run is at work on $rp_k_workload, in" $rp_k_others; return 1; }
}
rp_k_same_sight() {
  rp_k_find || return 1
  rp_k_here=$(printf '%s\n' "$rp_k_sight" | rp_k exec -i "$rp_k_pod" --container=${container} -- sh -s) &&
    rp_k_there=$(printf '%s\n' "$rp_k_sight" | rp_k exec -i "$(rp_k_name files)" --container=${container} -- sh -s) || return 1
  [ "$rp_k_here" != "$rp_k_there" ] || return 0
  rp_k_error "another pod of $rp_k_workload doesn't see the same configuration, settings and files as $rp_k_pod"
  return 1
}

svc_collect_check() { ${
    source.beside
      ? 'rp_k_run check'
      : // Only one pod may hold this volume: the running one.
        'svc_collect_online_check'
  }; }
svc_collect_offline() {
  ${source.beside ? ':' : 'rp_k_drop files || return 1'}
  rp_k_run collect
}
svc_collect_online_check() { rp_k_find && ${inPod(collector('--dry-run'))} </dev/null; }
svc_collect_online() { rp_k_find && ${inPod(collector())} </dev/null; }

# The count of pods stands in the cluster itself while they are gone, in one request with their end: whoever comes next can
# bring them back.
svc_stop() {
  rp_k_wanted=$(rp_k_ask get "$rp_k_workload" -o ${quote(`go-template=${replicasTemplate}`)}) || return 1
  if [ "$rp_k_wanted" != 0 ]; then
    rp_k_ask patch "$rp_k_workload" --type=merge -p ${stop('$rp_k_wanted')} >/dev/null || return 1
  fi
  rp_k_waited=0
  while :; do
    rp_k_left=$(rp_k_left) && [ -z "$rp_k_left" ] && return 0
    rp_k_waited=$((rp_k_waited + ${pauseSeconds}))
    [ "$rp_k_waited" -le ${source.grace + endSeconds} ] || break
    sleep ${pauseSeconds}
  done
  rp_k_error "$rp_k_workload was scaled to 0, and after ${source.grace + endSeconds} seconds these are still there:" $rp_k_left
  return 1
}
# What still holds the volume would keep the registry from it.
svc_start() { svc_cleanup; rp_k_back && rp_k_rolled; }
rp_k_back() {
  rp_k_kept=$(rp_k_ask get "$rp_k_workload" -o ${quote(`go-template=${keptTemplate} ${replicasTemplate}`)}) || return 1
  case $rp_k_kept in
    ' 0') rp_k_kept=${source.replicas} ;;
    ' '*) return 0 ;;
    *) rp_k_kept=${'$'}{rp_k_kept%% *} ;;
  esac
  case $rp_k_kept in '' | 0 | *[!0-9]*) rp_k_kept=${source.replicas} ;; esac
  rp_k_ask patch "$rp_k_workload" --type=merge -p ${start('$rp_k_kept')} >/dev/null
}
rp_k_rolled() { rp_k rollout status "$rp_k_workload" --timeout=${rolloutSeconds}s </dev/null >/dev/null; }
svc_restart() { svc_cleanup; rp_k_back && rp_k_ask rollout restart "$rp_k_workload" >/dev/null && rp_k_rolled; }

svc_collect_kill() {
  svc_cleanup || return 1
  rp_k_found=$(rp_k_ask get pods --selector="$rp_k_selector" --field-selector=status.phase=Running -o name) || return 1
  for rp_k_pod in $rp_k_found; do
    printf '%s\n' ${quote(killScript)} | rp_k exec -i "$rp_k_pod" --container=${container} -- sh -s >/dev/null || return 1
  done
}
svc_cleanup() {
  rp_k delete pods --selector=${quote(`${ours},${runLabel}=`)}"$(rp_k_word "$rp_run")" --grace-period=5 --timeout=90s </dev/null >/dev/null
}
`;
}
