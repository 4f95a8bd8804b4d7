/**
 * Following the job on its host: its log line by line, over connections that may be cut; and the words to it. Each new
 * connection takes up where the last whole line was, of the same job.
 */
import { MachineError, quote, type Host, type MachineErrorKind, type Prepared } from '../machine/index.ts';
import { parseEvent, type JobEvent } from './events.ts';
import { jobDirectory, type Job } from './job.ts';
import { lockFunctions } from './lock.ts';

export type FollowOptions = {
  readonly host: Host;
  readonly job: Pick<Job, 'run' | 'mark'>;
  readonly onEvent: (event: JobEvent) => void;
  /** The connection was cut, and is made anew. */
  readonly onCut: (error: MachineError) => void;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  readonly limits: FollowLimits;
};

export type FollowLimits = {
  /** How long no connection may succeed before the job is left to itself. */
  readonly reconnectMs: number;
  /** Between two tries to connect. */
  readonly reconnectPauseMs: number;
  /** A connection on which nothing comes for so long is dead: the host says something every 5 seconds. */
  readonly silenceMs: number;
};

export const followLimits: FollowLimits = {
  // A host that reboots, or a network that is switched over, is back within this.
  reconnectMs: 300_000,
  reconnectPauseMs: 2_000,
  silenceMs: 30_000,
};

/** `ended`: it has said its end. `gone`: its process is gone without. `lost`: it can't be followed any more. */
export type Followed =
  { readonly kind: 'ended' } | { readonly kind: 'gone' } | { readonly kind: 'lost'; readonly error: MachineError };

const passing: readonly MachineErrorKind[] = ['cut', 'unreachable', 'timeout'];

/** Whether the same may succeed a moment later. */
export function isPassing(error: unknown): error is MachineError {
  return error instanceof MachineError && passing.includes(error.kind);
}

/** Until the job's end, or until it can't be followed. Rejects only for errors that are no MachineError. */
export async function follow(options: FollowOptions): Promise<Followed> {
  const { host, job, now, sleep, limits } = options;
  const ending = endOfLine(job.mark);
  let seen = 0;
  let over: Followed | undefined;
  let heardAt = now().getTime();
  const onLine = (line: string): void => {
    heardAt = now().getTime();
    // What a cut left of a line comes again, whole, over the next connection.
    if (!line.endsWith(ending) || over !== undefined) return;
    const event = parseEvent(job.mark, line.slice(0, -ending.length));
    if (event?.kind !== 'alive' && event?.kind !== 'gone') seen += 1;
    if (event?.kind === 'end') over = { kind: 'ended' };
    if (event?.kind === 'gone') over = { kind: 'gone' };
    if (event !== undefined) options.onEvent(event);
  };
  let connectedAt = now().getTime();
  for (;;) {
    let error: MachineError;
    const before = heardAt;
    try {
      const ran = await orSilence(host.run(renderFollow(job, seen), { onLine }), () => heardAt, options);
      if (over !== undefined) return over;
      const words = ran.stderr.trim() === '' ? `status ${ran.status}` : ran.stderr.trim();
      error = new MachineError({
        kind: 'cut',
        what: `The log of the collection on ${host.name} can't be read (${words.slice(0, 200)})`,
        wayOut: `Look into ${jobDirectory(job.run)} there.`,
      });
    } catch (thrown) {
      if (!(thrown instanceof MachineError)) throw thrown;
      // The end may have come, and the connection's own end not.
      if (over !== undefined) return over;
      error = thrown;
    }
    if (heardAt !== before) connectedAt = heardAt;
    if (!isPassing(error) || now().getTime() - connectedAt > limits.reconnectMs) return { kind: 'lost', error };
    options.onCut(error);
    await sleep(limits.reconnectPauseMs);
  }
}

/** A dead connection may not end by itself: what the host no longer says tells. */
async function orSilence<T>(
  running: Promise<T>,
  heardAt: () => number,
  { host, now, sleep, limits }: FollowOptions,
): Promise<T> {
  const startedAt = now().getTime();
  let settled = false;
  const settle = (): void => {
    settled = true;
  };
  running.then(settle, settle);
  const silence = async (): Promise<never> => {
    for (;;) {
      await sleep(Math.min(1_000, limits.silenceMs));
      // Whichever is first wins the race; this one must end all the same.
      if (settled || now().getTime() - Math.max(heardAt(), startedAt) > limits.silenceMs)
        throw new MachineError({
          kind: 'cut',
          what: `Nothing has come from ${host.name} for ${limits.silenceMs / 1000} seconds`,
          wayOut: 'See whether the host and the network on the way to it are well.',
        });
    }
  };
  return Promise.race([running, silence()]);
}

/** A word to the job: `begin`, `go`, `abort`. Status 1 where there is no job that listens. */
export function renderWord(job: Pick<Job, 'run'>, word: 'begin' | 'go' | 'abort'): string {
  const pipe = quote(`${jobDirectory(job.run)}/words`);
  // Opened for both ways, so that a job that is gone isn't waited for.
  return `[ -p ${pipe} ] && printf '%s\\n' ${word} 1<>${pipe}\n`;
}

/** Over the prepared connection, else over new ones, until one takes it or `until` is past. False where none did. */
export async function sendWord(options: {
  readonly host: Host;
  readonly job: Pick<Job, 'run'>;
  readonly word: 'begin' | 'go' | 'abort';
  readonly prepared?: Prepared | undefined;
  readonly until: Date;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
}): Promise<boolean> {
  const { host, job, word, until, now, sleep } = options;
  const script = renderWord(job, word);
  if (options.prepared !== undefined) {
    try {
      return (await options.prepared.run(script)).status === 0;
    } catch (error) {
      if (!(error instanceof MachineError)) throw error;
    }
  }
  for (;;) {
    try {
      return (await host.run(script)).status === 0;
    } catch (error) {
      if (!isPassing(error) || now() >= until) return false;
      await sleep(500);
    }
  }
}

function endOfLine(mark: string): string {
  return ` ~${mark.slice(0, 8)}`;
}

/**
 * Prints the log from the line after the first `seen` on, as it grows, until the job has said its end or its process is
 * gone. Every line ends with a mark, by which a whole one is known. Every 3 seconds or so a sign of life, so that either
 * end of a connection learns that the other is gone.
 */
function renderFollow(job: Pick<Job, 'run' | 'mark'>, seen: number): string {
  return `
${lockFunctions}
rp_follow() {
  rp_mark=${quote(job.mark)}
  rp_end=${quote(endOfLine(job.mark))}
  rp_dir=${quote(jobDirectory(job.run))}
  exec 7<"$rp_dir/log" || return 1
  rp_read=0
  while [ "$rp_read" -lt ${seen} ] && IFS= read -r rp_line <&7; do rp_read=$((rp_read + 1)); done
  # Fractions of a second are no standard.
  rp_nap=1 rp_beat=3
  if sleep 0.05 2>/dev/null; then rp_nap=0.05 rp_beat=50; fi
  rp_part= rp_polls=0 rp_missed=0
  while :; do
    while IFS= read -r rp_line <&7; do
      printf '%s%s%s\\n' "$rp_part" "$rp_line" "$rp_end" || return 1
      case $rp_part$rp_line in "@$rp_mark end "*) return 0 ;; esac
      rp_part=
    done
    rp_part=$rp_part$rp_line
    rp_polls=$((rp_polls + 1))
    if [ $((rp_polls % rp_beat)) -eq 0 ]; then
      printf '@%s alive%s\\n' "$rp_mark" "$rp_end" || return 1
      if rp_lives; then rp_missed=0; else rp_missed=$((rp_missed + 1)); fi
      # Once more after it: its last words may have come in between.
      if [ "$rp_missed" -gt 2 ]; then
        printf '@%s gone%s\\n' "$rp_mark" "$rp_end"
        return 0
      fi
    fi
    sleep "$rp_nap"
  done
}
rp_lives() {
  rp_pid= rp_start=
  [ -r "$rp_dir/pid" ] && read -r rp_pid rp_start <"$rp_dir/pid" && [ "$(rp_start_of "$rp_pid")" = "$rp_start" ]
}
rp_follow
`;
}
