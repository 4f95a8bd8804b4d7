/** Shell functions for the pods that a run makes: begun, followed, ended. */
import { quote } from '../quote.ts';
import { limitsOf, type FunctionSource } from './function-source.ts';
import { podFormat, podPatch, waitingShell, type Purpose } from './one-off-pod.ts';

// One line of what a pod does: PHASE because=REASON, then of its container: image=…, running, ended CODE REASON, waiting REASON.
// The kind of a state is its one key: what it holds may be empty.
const stateTemplate = (container: string) =>
  [
    '{{.status.phase}} {{with .status.reason}}because={{.}} {{end}}',
    `{{range .status.containerStatuses}}{{if eq .name ${JSON.stringify(container)}}}image={{.imageID}} `,
    '{{range $kind, $what := .state}}{{if eq $kind "terminated"}}ended {{$what.exitCode}}{{else}}{{$kind}}{{end}}',
    '{{with $what.reason}} {{.}}{{end}}{{end}}{{end}}{{end}}',
  ].join('');

/**
 * Each takes the purpose of a pod. They use `rp_k`, `rp_k_ask`, `rp_k_name`, `rp_k_word`, `rp_k_error` and `$rp_k_workload`
 * of `renderFunctions`.
 */
export function podFunctions(source: FunctionSource): string {
  const { namespace, pod, program, configPath } = source;
  const { startSeconds, silenceSeconds, pauseSeconds } = limitsOf(source);
  const container = quote(pod.container.name);
  const collector = (...flags: readonly string[]) => [program, 'garbage-collect', ...flags, configPath];
  const create = (purpose: Purpose, command: readonly string[]) =>
    `rp_k_create ${quote(podFormat(pod, namespace, purpose))} ${quote(podPatch(pod, purpose, command))} "$1"`;

  return String.raw`
# FORMAT PATCH PURPOSE: makes a pod of the workload's template. What is in its environment passes through pipes only.
rp_k_create() {
  rp_k_drop "$3" || return 1
  rp_k_spec=$(rp_k_ask get "$rp_k_workload" -o 'jsonpath={.spec.template.spec}') || return 1
  rp_k_object=$(printf "$1" "$(rp_k_name "$3")" "$(rp_k_word "$rp_run")" "$rp_k_spec" |
    rp_k patch --local -f - --type=json -p "$2" -o json) || { rp_k_error "$rp_k_workload isn't as it was seen"; return 1; }
  printf '%s\n' "$rp_k_object" | rp_k create --validate=false -f - >/dev/null || return 1
}
rp_k_pod_of() {
  case $1 in
    check) ${create('check', collector('--dry-run'))} ;;
    files) ${create('files', waitingShell)} ;;
    collect) ${create('collect', collector())} ;;
  esac
}
rp_k_drop() {
  rp_k delete pod "$(rp_k_name "$1")" --ignore-not-found --grace-period=5 --timeout=90s </dev/null >/dev/null
}

# PURPOSE: what its pod does, into rp_k_state; of its container into rp_k_word_1 and what follows.
rp_k_look() { rp_k_state=$(rp_k_ask get pod "$(rp_k_name "$1")" -o ${quote(`go-template=${stateTemplate(pod.container.name)}`)}); }

# PURPOSE: until it runs or has run.
rp_k_await() {
  rp_k_waited=0
  while :; do
    if rp_k_look "$1"; then
      case $rp_k_state in
        *' running'* | *' ended '*) return 0 ;;
        Failed\ * | *ErrImage* | *ImagePullBackOff* | *InvalidImageName* | *CreateContainer*Error* | *RunContainerError*) break ;;
      esac
    fi
    rp_k_waited=$((rp_k_waited + ${pauseSeconds}))
    [ "$rp_k_waited" -le ${startSeconds} ] || break
    sleep ${pauseSeconds}
  done
  rp_k_ask get events --field-selector="involvedObject.name=$(rp_k_name "$1")" \
    -o 'jsonpath={range .items[*]}{.reason}: {.message}{"\n"}{end}' 2>/dev/null | tail -n 3 >&2
  rp_k_error "the pod $(rp_k_name "$1") doesn't start: $rp_k_state"
  return 1
}

# PURPOSE: prints what the pod says until its container has ended. A connection that is cut is made anew, and goes on at the
# byte after those that came. Their count goes to the pipe of wc by a descriptor; they themselves go straight out.
rp_k_follow() {
  rp_k_seen=0 rp_k_silent=0
  while :; do
    rp_k_say "$1" --follow 2>/dev/null
    if rp_k_look "$1"; then
      rp_k_silent=0
      case $rp_k_state in
        *' ended '*) break ;;
        Failed* | Succeeded*) rp_k_error "the pod $(rp_k_name "$1") ended: $rp_k_state"; return 1 ;;
      esac
    else
      case $(rp_k_ask get pod "$(rp_k_name "$1")" --ignore-not-found -o name 2>&1 && printf here) in
        here) rp_k_error "the pod $(rp_k_name "$1") was deleted"; return 1 ;;
      esac
      rp_k_silent=$((rp_k_silent + ${pauseSeconds}))
      [ "$rp_k_silent" -le ${silenceSeconds} ] || { rp_k_error "the cluster doesn't answer any more"; return 1; }
    fi
    sleep ${pauseSeconds}
  done
  rp_k_say "$1"
  rp_k_state=${'$'}{rp_k_state##* ended }
  set -- $rp_k_state
  case ${'$'}{2:-Completed} in
    Completed | Error) ;;
    *) rp_k_error "the collector's container was ended: $2" ;;
  esac
  return "$1"
}
rp_k_say() {
  rp_k_purpose=$1
  shift
  { rp_k_more=$(
    rp_k logs "$(rp_k_name "$rp_k_purpose")" --container=${container} "$@" </dev/null |
      tail -c "+$((rp_k_seen + 1))" | { tee /dev/fd/4 >&3; } 4>&1 | wc -c
  ); } 3>&1
  rp_k_seen=$((rp_k_seen + rp_k_more))
}

# PURPOSE: the whole life of such a pod; status and output are its container's.
rp_k_run() {
  rp_k_pod_of "$1" && rp_k_await "$1" && rp_k_same_image && rp_k_follow "$1"
  rp_k_status=$?
  rp_k_drop "$1" || rp_k_error "the pod $(rp_k_name "$1") is left"
  return "$rp_k_status"
}

rp_k_same_image() {
  ${
    pod.imageID === ''
      ? ':'
      : // A name can have moved to another image since the registry started: it must be the one that runs.
        `case $rp_k_state in *image=${quote(pod.imageID)}\\ * | *image=*://${quote(pod.imageID)}\\ *) return 0 ;; esac
  rp_k_error "the image is not the one that the registry runs: $rp_k_state"
  return 1`
  }
}
`;
}
