/**
 * The job that collects, as it is put on the registry's host: a directory of its own with the script, its log and the
 * collector's output, and a process that nobody's connection or session ends.
 */
import { quote, type FoundService } from '../machine/index.ts';
import type { CollectionMode } from '../model/index.ts';
import { collectorFunctions } from './collector-run.ts';
import { lockFunctions, lockPrefix } from './lock.ts';
import { procedureFunctions } from './procedure.ts';

export type Job = {
  /** 32 hexadecimal digits that nobody can guess: the directory in /tmp is named after it. */
  readonly run: string;
  /** As many, other ones: the job's own lines begin with it, so that nothing else on the host can speak in its name. */
  readonly mark: string;
  readonly mode: CollectionMode;
  readonly service: Pick<FoundService, 'shown' | 'instances' | 'functions'>;
  /** Who runs it, for others that wait: one line. */
  readonly who: string;
  /** Runs between stop and collector, by `svc_offline_inside`. */
  readonly work?: string | undefined;
  /** What proves the right to flush a cache, and what flushes it: scripts for `svc_inside`. */
  readonly cache?: { readonly prove: string; readonly flush: string } | undefined;
  readonly limits?: Partial<JobLimits>;
};

export type JobLimits = {
  /** How long it waits for a word of its caller. */
  readonly wordSeconds: number;
  /** How often it tries to start the registry, and what lies between two tries, of its clean-up, too. */
  readonly startTries: number;
  readonly startPauseSeconds: number;
  /** How long it waits for an engine that died, so that the collector under it is surely gone. */
  readonly engineSeconds: number;
};

export const jobLimits: JobLimits = {
  // A caller answers within a second; one that lost its connection has a new one within the minute, or is gone.
  wordSeconds: 60,
  // A minute of tries: a port or a name that is still taken is free by then.
  startTries: 20,
  startPauseSeconds: 3,
  // An upgrade of the engine, or its restart with many containers, takes a minute or two.
  engineSeconds: 300,
};

export function jobDirectory(run: string): string {
  return `/tmp/registry-prune-${run}`;
}

/** The whole job. Only functions and assignments until its last line, so that a part of it does nothing. */
export function renderJob(job: Job): string {
  const limits = { ...jobLimits, ...job.limits };
  const variables = {
    rp_run: job.run,
    rp_mark: job.mark,
    rp_dir: jobDirectory(job.run),
    rp_mode: job.mode,
    rp_locks: lockPrefix(job.service),
    rp_who: job.who.replace(/\s+/g, ' ').trim(),
    rp_work: job.work ?? '',
    rp_prove: job.cache?.prove ?? '',
    rp_flush: job.cache?.flush ?? '',
    rp_patience: String(limits.wordSeconds),
    rp_tries: String(limits.startTries),
    rp_pause: String(limits.startPauseSeconds),
    rp_engine_seconds: String(limits.engineSeconds),
  };
  return [
    ...Object.entries(variables).map(([name, value]) => `${name}=${quote(value)}`),
    job.service.functions,
    sayFunction,
    lockFunctions,
    collectorFunctions,
    procedureFunctions,
    // The word pipe is opened for both ways: opening it waits for nobody, and no reader of it ever sees its end.
    'exec </dev/null 3>>"$rp_dir/log" 5<>"$rp_dir/words" >&3 2>&1',
    'rp_main; exit 0',
    '',
  ].join('\n');
}

// Each line of its own begins with a line break: whatever else is written into the log may not end with one. Where the
// disk is full, the room that was kept from the start holds what remains to be said.
const sayFunction = String.raw`
rp_say() {
  printf '\n@%s %s\n' "$rp_mark" "$*" 2>/dev/null >&3 && return 0
  rm -f "$rp_dir/reserve"
  printf '\n@%s %s\n' "$rp_mark" "$*" 2>/dev/null >&3 || :
}
`;

/**
 * Puts the job on the host and starts it, once, however often this is run: the second time it finds what the first one
 * began. Prints the directory. A connection that is cut in the middle of this text has started nothing: it is one function
 * and its call. Status 1: there is no room in /tmp, and nothing was started.
 */
export function renderLaunch(job: Job): string {
  const end = `registry_prune_${job.mark}`;
  return [
    'rp_launch() {',
    `rp_dir=${quote(jobDirectory(job.run))}`,
    'umask 077',
    'mkdir "$rp_dir" 2>/dev/null || [ -d "$rp_dir" ] || { mkdir "$rp_dir"; return 1; }',
    `cat >"$rp_dir/job.$$" <<'${end}' || return 1`,
    renderJob(job),
    end,
    'mv "$rp_dir/job.$$" "$rp_dir/job" && : >>"$rp_dir/log" || return 1',
    'printf "%s\\n" "$rp_dir"',
    'mkdir "$rp_dir/begun" 2>/dev/null || return 0',
    // 64 KiB: a thousand lines.
    'dd if=/dev/zero of="$rp_dir/reserve" bs=4096 count=16 2>/dev/null && mkfifo "$rp_dir/words" || return 1',
    '(',
    "trap '' HUP PIPE",
    // The runner ends at its job's end whatever has this in its environment.
    'unset RUNNER_TRACKING_ID',
    'exec </dev/null >>"$rp_dir/log" 2>&1',
    'if command -v setsid >/dev/null 2>&1; then exec setsid sh "$rp_dir/job"; fi',
    'exec sh "$rp_dir/job"',
    ') &',
    '}',
    'rp_launch',
    '',
  ].join('\n');
}
