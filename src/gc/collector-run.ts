/** How the job runs the collector on the host, and how it ends one: shell functions. */
import { quote } from '../machine/index.ts';
import { emptyExpression, failureExpression, summaryExpression } from './collector-output.ts';

/** Lines between two counts: thousands a second come from a local disk, some ten from a slow object store. */
const countEvery = 500;
/** Lines of failure that are passed on. All are in the file of its output. */
const mostWords = 20;

// Reads the collector's lines and prints few: `count MARKED ELIGIBLE DELETED`, `summary NUMBER LINE`, `empty`, `words LINE`.
const reader = String.raw`
{ sub(/\r$/, "") }
/: marking (manifest|blob) / { marked++; next_count(); next }
$0 ~ summary {
  found = 1
  print "summary " ($4 + ($6 == "and" ? $7 : 0)) " " $0
  fflush()
  next
}
/eligible for deletion/ { eligible++; next_count(); next }
/level=(info|debug|warning)/ { if (/Deleting /) { deleted++; next_count() } next }
$0 ~ empty { print "empty"; words(); next }
$0 ~ failure { words(); next }
NF && $0 != "@waiting" { last = $0 }
END {
  printf "count %d %d %d\n", marked, eligible, deleted
  if (!found && !said && last != "") { $0 = last; words() }
}
function next_count() {
  if (++lines % every == 0) { printf "count %d %d %d\n", marked, eligible, deleted; fflush() }
}
function words() {
  if (said++ < most) { print "words " substr($0, 1, 500); fflush() }
}
`;

const readerCommand = [
  `awk -v summary=${quote(summaryExpression)} -v empty=${quote(emptyExpression)} -v failure=${quote(failureExpression)}`,
  `-v every=${countEvery} -v most=${mostWords} ${quote(reader)}`,
].join(' ');

/**
 * `rp_run_collector LABEL FUNCTION`: status 0 where it succeeded and something is eligible, 10 where nothing is, 11 where
 * the storage is empty, 12 where it failed. Its exit status comes by a descriptor, so that it needs neither `pipefail` nor
 * the disk; whoever reads its lines reads them to the end, so that a full disk doesn't end it half way.
 */
export const collectorFunctions = String.raw`
rp_read_collector() {
  if [ "$2" = svc_collect_told ]; then
    # awk reads in blocks: a line that is waited for would not come out of it.
    rp_heard=late-waiting
    while IFS= read -r rp_line; do
      if [ "$rp_line" = @waiting ]; then rp_heard=waiting; break; fi
      rp_say words "$1" "$rp_line"
    done
    printf '%s\n' "$rp_heard" >&5
  fi
  tee "$rp_dir/$1.output" 2>/dev/null | ${readerCommand} | while IFS= read -r rp_line; do
    case $rp_line in
      'summary '*)
        rp_line=${'$'}{rp_line#summary }
        rp_say summary "$1" "${'$'}{rp_line#* }"
        printf 'eligible=%s\n' "${'$'}{rp_line%% *}" >&4
        ;;
      empty) printf 'empty=1\n' >&4 ;;
      'words '*) rp_say words "$1" "${'$'}{rp_line#words }" ;;
      *) rp_say "$rp_line" ;;
    esac
  done
  cat >/dev/null
}

rp_run_collector() {
  rp_found=$({ {
    ( "$2" ) 2>&1 3>&- 4>&- 5>&-
    printf 'status=%s\n' "$?" >&4
  } | rp_read_collector "$1" "$2"; } 4>&1)
  rp_status= rp_eligible= rp_empty=
  for rp_word in $rp_found; do
    case $rp_word in
      status=*) rp_status=${'$'}{rp_word#*=} ;;
      eligible=*) rp_eligible=${'$'}{rp_word#*=} ;;
      empty=*) rp_empty=1 ;;
    esac
  done
  rp_say exit "$1" "${'$'}{rp_status:-unknown}"
  if [ -n "$rp_empty" ] && [ -z "$rp_eligible" ]; then return 11; fi
  if [ "$rp_status" != 0 ] || [ -z "$rp_eligible" ]; then return 12; fi
  [ "$rp_eligible" != 0 ] || return 10
}

rp_quietly() { ( "$@" ) </dev/null >/dev/null 2>&1 3>&- 5>&- 6>&-; }

# Whether any instance is up. An engine that is away runs none.
rp_is_up() { rp_quietly svc_is_up; }

# Until no collector is there, or the time is over: an engine that died under it is waited for.
rp_end_collector() {
  rp_waited=0
  until rp_do svc_collect_kill; do
    [ "$rp_waited" -ne 0 ] || rp_say phase waiting
    rp_waited=$((rp_waited + 2))
    if [ "$rp_waited" -gt "$rp_engine_seconds" ]; then rp_fail kill; return 1; fi
    sleep 2
  done
}

# Both run beside the collector. Once they have begun to end it they can't be ended themselves, so that their status tells.
# Neither is ended by a signal alone (see rp_hear).
rp_on_abort() {
  while IFS= read -r rp_heard <&5; do
    [ "$rp_heard" != over ] || exit 0
    [ "$rp_heard" = abort ] || continue
    trap '' TERM
    rp_end_collector
    exit 21
  done
}
rp_on_rise() {
  until rp_is_up; do
    kill -0 "$rp_watched" 2>/dev/null || exit 0
    sleep 1
  done
  # It may be up because this collector has ended: the next one is another run's.
  kill -0 "$rp_watched" 2>/dev/null || exit 0
  trap '' TERM
  rp_end_collector
  exit 22
}
# Nobody has a word for who listens once the job is gone, and the pipe never ends: it has that one open itself.
rp_on_death() {
  while rp_job_lives; do sleep 2; done
  printf 'over\n' >&5
}

# PID: its status, also where signals interrupt the waiting. With a second argument a signal ends the collector.
rp_reap() {
  while :; do
    wait "$1" 2>/dev/null
    rp_code=$?
    kill -0 "$1" 2>/dev/null || return 0
    if [ -n "$rp_signal" ] && [ -n "$2" ]; then rp_do svc_collect_kill; fi
  done
}

# LABEL FUNCTION: starts the collector. Its id is in rp_child.
rp_start_collector() { rp_run_collector "$1" "$2" </dev/null & rp_child=$!; }

# The same before the stop, where the service knows how: making a container takes longer than a small collection. It says
# that it waits, and collects once it is told to; at the end of its input, which is also this job's end, it ends without.
rp_stand_by() {
  command -v svc_collect_told >/dev/null 2>&1 || return 0
  mkfifo "$rp_dir/tell" || { rp_fail prepare; return 1; }
  exec 6<>"$rp_dir/tell"
  rp_told=1
  # By exec: what a redirection of the function itself closes, dash and busybox keep open beside it, and the input would
  # never end. In this order: while it is open here, opening it waits for nobody.
  ( exec <"$rp_dir/tell" 6>&-; rp_run_collector collect svc_collect_told ) &
  rp_child=$!
  rp_hear waiting && return 0
  [ "$rp_unheard" != alone ] || rp_unheard=prepare
  rp_fail "$rp_unheard"
  return 1
}

# At the stop: the one that waits, or a new one.
rp_tell_collector() {
  if [ -n "$rp_told" ]; then printf 'go\n' >&6; exec 6>&-; else rp_start_collector collect svc_collect_offline; fi
}

# [rise]: watches over the collector until it ends. Leaves its status in rp_ran, what was seen in rp_seen.
rp_watch_collector() {
  rp_seen= rp_riser= rp_watched=$rp_child
  ( rp_on_abort ) &
  rp_listener=$!
  ( rp_on_death ) 2>/dev/null &
  rp_mourner=$!
  if [ "$1" = rise ]; then
    ( rp_on_rise ) &
    rp_riser=$!
  fi
  rp_reap "$rp_watched" kill
  rp_ran=$rp_code
  kill -9 "$rp_mourner" 2>/dev/null
  printf 'over\n' >&5
  rp_reap "$rp_mourner"
  [ -z "$rp_riser" ] || kill "$rp_riser" 2>/dev/null
  rp_reap "$rp_listener"
  [ "$rp_code" -ne 21 ] || rp_seen=abort
  [ -n "$rp_riser" ] || return 0
  rp_reap "$rp_riser"
  if [ "$rp_code" -eq 22 ] || rp_is_up; then rp_seen=rise; fi
}
`;
