/**
 * The procedure on the registry's host: shell functions, made of those of the service (`FoundService.functions`).
 *
 *   offline: prepare ─▶ check ─▶ ready ─▶ stopping ─▶ stopped ─▶ unlinking ─▶ collecting ─▶ collected ─▶ flushing ─▶ starting ─▶ started
 *   online:  prepare ─▶ check ─▶ ready ─▶ collecting ─▶ collected ─▶ flushing ─▶ starting ─▶ started
 *
 * At `ready` and at `stopped` it waits for a word of its caller, `begin` and `go`: a caller that is gone costs no time away
 * at the one, and a minute at most at the other. Whatever happens after `stopping` leads to `starting`. No step from there
 * on needs the disk, the caller or a session: words come by a pipe, and what can't be written is not said.
 */

export const procedureFunctions = String.raw`
rp_phase() { rp_say phase "$1"; }

# The first reason stands.
rp_fail() {
  rp_result=1
  [ -z "$rp_why" ] || return 0
  rp_why=$1
  rp_say fail "$1"
}

rp_do() { ( "$@" ) </dev/null >&3 2>&1 3>&- 5>&- 6>&-; }

# FUNCTION TEXT: runs a script where the service runs scripts.
rp_script() { printf '%s\n' "$2" 2>/dev/null | ( "$1" ) >&3 2>&1 3>&- 5>&- 6>&-; }

# Waits for this word. What comes too late for another one means nothing. Where it doesn't come, rp_unheard says why.
rp_hear() {
  (
    while IFS= read -r rp_heard <&5; do
      case $rp_heard in
        "$1") exit 20 ;;
        abort) exit 21 ;;
        "late-$1") exit 22 ;;
      esac
    done
  ) 6>&- &
  rp_hearer=$!
  (
    rp_left=$rp_patience
    while [ "$rp_left" -gt 0 ]; do
      kill -0 "$rp_hearer" || exit 0
      sleep 1
      rp_left=$((rp_left - 1))
    done
    printf 'late-%s\n' "$1" >&5
  ) 2>/dev/null 6>&- &
  rp_timer=$!
  wait "$rp_hearer" 2>/dev/null
  rp_code=$?
  [ -z "$rp_signal" ] || rp_code=0
  # No lesser signal: dash and busybox lose one that comes before a subshell has put its parent's traps away.
  kill -9 "$rp_timer" "$rp_hearer" 2>/dev/null
  case $rp_code in
    20) rp_unheard= ;;
    21) rp_unheard=abort ;;
    22) rp_unheard=alone ;;
    *) rp_unheard=signal ;;
  esac
  rp_reap "$rp_hearer"
  rp_reap "$rp_timer"
  [ -z "$rp_unheard" ]
}

rp_check() {
  rp_phase prepare
  rp_do svc_prepare || { rp_fail prepare; return 1; }
  if [ -n "$rp_prove" ]; then rp_script svc_inside "$rp_prove" || { rp_fail cache; return 1; }; fi
  rp_phase check
  rp_start_collector check "$1"
  rp_watch_collector
  if [ -n "$rp_signal" ]; then rp_fail signal; return 1; fi
  if [ "$rp_seen" = abort ]; then rp_fail abort; return 1; fi
  case $rp_ran in
    0) ;;
    10) [ -n "$rp_work" ] || { rp_result=2; return 1; } ;;
    11) rp_result=2; return 1 ;;
    *) rp_fail check; return 1 ;;
  esac
}

rp_ready() {
  rp_phase ready
  rp_hear begin || { rp_fail "$rp_unheard"; return 1; }
}

# What becomes of a collector that has run: what the caller may believe, and how the registry comes back.
rp_judge() {
  rp_phase collected
  if [ -n "$rp_signal" ]; then rp_fail signal; fi
  case $rp_seen in
    abort) rp_fail abort ;;
    rise) rp_rose=1; rp_fail rise ;;
  esac
  case $rp_ran in
    0 | 10 | 11) ;;
    *) rp_fail collector ;;
  esac
  [ "$rp_result" -ne 1 ] || rp_end_collector
}

# Stands by while the registry is away. Should this job be killed, by what it can't hear, the guard is what starts the
# registry: it is the job then, for others that look for it. A run that has taken over has done so already.
rp_guard() {
  while rp_job_lives; do sleep 2; done
  trap '' TERM INT HUP
  [ -e "$rp_own" ] || exit 0
  # It was made before the collector: what has become of that is not known here.
  rp_touched=1 rp_rose=1
  rp_me=$(exec sh -c 'echo "$PPID"')
  rp_sign "$rp_me" || :
  rp_fail job
  # Those that watch over the collector outlive the job. They would end the next run's, too.
  [ -z "$rp_me" ] || rp_end_shells "$rp_run" "$rp_me"
  rp_end_collector
  rp_come_back
  rp_end
}

rp_offline() {
  rp_check svc_collect_check && rp_stand_by && rp_ready || return 0
  rp_away=$(date +%s)
  ( rp_guard ) 6>&- &
  rp_guardian=$!
  rp_phase stopping
  if rp_do svc_stop; then
    rp_phase stopped
    if ! rp_hear go; then
      rp_fail "$rp_unheard"
    elif rp_unlink; then
      rp_phase collecting
      rp_touched=1
      rp_tell_collector
      rp_watch_collector rise
      rp_judge
      # An engine that died and came back may have started it meanwhile.
      if [ "$rp_result" -eq 1 ] && rp_is_up; then rp_rose=1; fi
    fi
  else
    rp_fail stop
  fi
  rp_come_back
}

rp_unlink() {
  [ -n "$rp_work" ] || return 0
  rp_phase unlinking
  rp_script svc_offline_inside "$rp_work" || { rp_fail work; return 1; }
  [ -z "$rp_signal" ] || { rp_fail signal; return 1; }
}

rp_online() {
  rp_check svc_collect_online_check && rp_ready || return 0
  rp_away=$(date +%s)
  ( rp_guard ) 6>&- &
  rp_guardian=$!
  # It has served all the while: only a restart makes it forget what is gone.
  rp_rose=1
  rp_phase collecting
  rp_touched=1
  rp_start_collector collect svc_collect_online
  rp_watch_collector
  rp_judge
  rp_come_back
}

rp_come_back() {
  if [ -n "$rp_flush" ] && [ -n "$rp_touched" ]; then
    rp_phase flushing
    rp_script svc_offline_inside "$rp_flush" || rp_script svc_inside "$rp_flush" || rp_fail flush
  fi
  rp_phase starting
  rp_tried=0
  while :; do
    rp_how=svc_start
    if [ -n "$rp_rose" ] && rp_is_up; then rp_how=svc_restart; fi
    if rp_do "$rp_how"; then
      rp_phase started
      # A registry that ends right after its start would say so within this second.
      sleep 1
      if rp_do svc_is_running; then break; fi
    fi
    rp_tried=$((rp_tried + 1))
    rp_say tried "$rp_tried"
    if [ "$rp_tried" -ge "$rp_tries" ]; then rp_fail start; break; fi
    sleep "$rp_pause"
  done
  rp_say away $(($(date +%s) - rp_away))
  rp_away=
  [ -z "$rp_guardian" ] || kill "$rp_guardian" 2>/dev/null
}

# RUN: whether it was a run on this registry. Anybody may put a lock into /tmp, but only its user a job into its directory.
rp_was_here() {
  case $1 in '' | *[!0-9a-f]*) return 1 ;; esac
  grep -qF "$rp_locks" "/tmp/registry-prune-$1/job" 2>/dev/null
}

# A run that died before it could do so left a collector, shells beside it, a stopped registry, and what it had made.
rp_tidy() {
  [ -n "$rp_dead" ] || return 0
  for rp_other in $rp_dead; do
    if rp_was_here "$rp_other"; then rp_end_shells "$rp_other"; fi
  done
  rp_end_collector
  rp_do svc_is_running || rp_do svc_start
  # Nothing is begun beside a collector that can't be ended.
  [ "$rp_result" -ne 1 ]
}

# Also where the shell itself gives up: a registry that was stopped is started.
rp_leave() {
  trap '' TERM INT HUP
  trap - EXIT
  if [ -n "$rp_away" ]; then
    rp_fail job
    rp_end_collector
    rp_come_back
  fi
  rp_end
  exit 0
}

rp_end() {
  rp_phase cleaning
  # One that still waits ends with its input.
  exec 6>&-
  # An engine under load refuses now and then, and the registry runs by now.
  rp_do svc_cleanup || { sleep "$rp_pause"; rp_do svc_cleanup; } || rp_say left
  rp_unlock
  rp_say end "$rp_result"
}

rp_main() {
  trap 'rp_signal=1' TERM INT HUP
  trap '' PIPE
  rp_away= rp_born=$(rp_start_of $$) rp_code= rp_dead= rp_guardian= rp_own= rp_result=0 rp_rose= rp_signal= rp_told= rp_touched= rp_why=
  rp_say hello "$$"
  if ! rp_lock; then
    if [ "$rp_result" -eq 1 ]; then rp_say end 1; else rp_say end 75; fi
    return 0
  fi
  trap rp_leave EXIT
  rp_tidy || return 0
  "rp_$rp_mode"
}
`;
