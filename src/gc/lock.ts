/**
 * Who works on a registry: one file for each run in /tmp of its host, put there whole and named after the run, so that
 * no two runs ever write or remove the same one. A run puts its own there first and then looks for others: of two at
 * once each sees the other, and at most one stays. A file whose process is gone, or that was made before the host
 * started, holds nothing and may be removed by anybody: no other run will ever have that name.
 */
import { createHash } from 'node:crypto';
import type { FoundService } from '../machine/index.ts';

/** What the names of a registry's lock files begin with; the run's id follows. */
export function lockPrefix(service: Pick<FoundService, 'shown' | 'instances'>): string {
  // A container is one and the same under `docker:` and `compose:`. What Kubernetes runs has another name each time.
  const byId = /^(?:docker|podman|compose):/.test(service.shown) && service.instances.length > 0;
  const identity = byId
    ? service.instances
        .map(({ id }) => id)
        .sort()
        .join(' ')
    : service.shown;
  return `/tmp/registry-prune-lock-${createHash('sha256').update(identity).digest('hex').slice(0, 16)}.`;
}

/**
 * `rp_lock`: status 0 where this process, `$$`, has it now. Else it has said who has it (`busy SINCE RUN WHO`). Left to
 * it in variables: `$rp_locks` the prefix, `$rp_run`, `$rp_dir`, `$rp_who`. What a dead run left is in `$rp_dead` then,
 * the ids of those runs. `rp_unlock` gives it back.
 */
export const lockFunctions = String.raw`
# When a process started, in words that another one with its number won't have. Nothing where there is no such process.
rp_start_of() {
  if [ -r /proc/self/stat ]; then
    # Field 22; the second one, the program's name in brackets, may hold anything.
    rp_stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    rp_stat=${'$'}{rp_stat##*) }
    set -- $rp_stat
    [ "$1" != Z ] && printf '%s' "${'$'}{20}"
  else
    rp_stat=$(LC_ALL=C ps -o lstart= -p "$1" 2>/dev/null) || return 1
    printf '%s' "$rp_stat" | tr -s ' ' _
  fi
}

rp_boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || printf unknown; }

# PID START BOOT: whether that process is still there. Where other people's processes are hidden (hidepid), what can't be seen is.
rp_holds() {
  [ "$3" = "$(rp_boot)" ] || return 1
  rp_now=$(rp_start_of "$1") && [ "$rp_now" = "$2" ] && return 0
  [ -z "$rp_now" ] && [ -e /proc/self/stat ] && [ ! -e /proc/1/stat ]
}

# Whether this job's main process is still there: for those beside it, which outlive it.
rp_job_lives() { rp_holds "$$" "$rp_born" "$(rp_boot)"; }

# RUN [SELF]: ends the shells of a job whose main process is gone, but not the process SELF. They are known by what they run,
# which nothing else does: numbers, of groups too, are given to others, and a registry may have been started from here. What
# they have started ends with its input, or is ended by its name (svc_collect_kill). Without /proc they end by themselves.
rp_end_shells() {
  for rp_process in /proc/[0-9]*; do
    rp_words=
    # It comes without the bytes that end each word.
    IFS= read -r rp_words 2>/dev/null <"$rp_process/cmdline"
    [ "$rp_words" = "sh/tmp/registry-prune-$1/job" ] && [ "$rp_process" != "/proc/$2" ] || continue
    kill -9 "${'$'}{rp_process#/proc/}" 2>/dev/null
  done
}

# PID: signs for the run, as the process to look for. Written aside and renamed, so that nobody reads half of it.
rp_sign() {
  rp_own=$rp_locks$rp_run
  rp_start=$(rp_start_of "$1")
  printf '%s %s\n' "$1" "$rp_start" >"$rp_dir/pid" &&
    printf '%s %s %s %s %s %s\n' "$rp_run" "$1" "$rp_start" "$(rp_boot)" "$(date +%s)" "$rp_who" >"$rp_dir/lock" &&
    chmod 644 "$rp_dir/lock" && mv "$rp_dir/lock" "$rp_own"
}

rp_lock() {
  rp_dead=
  rp_sign "$$" || { rp_fail lock; return 1; }
  for rp_other in "$rp_locks"*; do
    [ "$rp_other" != "$rp_own" ] && [ -f "$rp_other" ] || continue
    rp_theirs=
    if [ -r "$rp_other" ]; then
      IFS= read -r rp_theirs 2>/dev/null <"$rp_other"
      # Gone since it was listed, or never whole: its writer has stopped before it began.
      [ -n "$rp_theirs" ] || continue
      set -- $rp_theirs
      if [ $# -lt 5 ] || ! rp_holds "$2" "$3" "$4"; then
        rm -f "$rp_other"
        rp_say took "$1"
        rp_dead="$rp_dead $1"
        continue
      fi
    else
      [ -e "$rp_other" ] || continue
      set -- unknown 0 0 0 0 'a run of somebody else, whose lock this user cannot read'
    fi
    rp_other=$1 rp_since=$5
    shift 5
    rp_say busy "$rp_since" "$rp_other" "$*"
    rp_unlock
    return 1
  done
}

rp_unlock() { [ -z "$rp_own" ] || rm -f "$rp_own"; rp_own=; }
`;
