/** Runs that collect the garbage of a registry now, known by the names that they gave themselves. */
import { quote, type Host } from '../machine/index.ts';
import { collectLimits } from './limits.ts';
import { lockFunctions } from './lock.ts';
import { clean } from './text.ts';

export type OthersOptions = {
  readonly host: Host;
  /** Its origin, as runs have it in their names. */
  readonly registry: string;
  readonly say: (line: string) => void;
  readonly now: () => Date;
  readonly sleep: (ms: number) => Promise<void>;
  readonly limits?: Partial<typeof collectLimits>;
};

/** What a run calls itself in its lock: whichever version it is of, the others know by it which registry it is at. */
export function nameOfRun(program: string, registry: string): string {
  return clean(`${program} for ${registry}`);
}

/**
 * Waits until no living run has the registry's lock, as long as one run waits for another. Answers whether there was one.
 * A registry that is stopped can't be looked at, so its lock isn't known by what it is, as in `collect`. Throws
 * MachineError.
 */
export async function waitForOthers({ host, registry, say, now, sleep, limits = {} }: OthersOptions): Promise<boolean> {
  const { lockMs, lockPauseMs } = { ...collectLimits, ...limits };
  const patienceEnds = now().getTime() + lockMs;
  for (let looks = 0; ; looks += 1) {
    const { stdout } = await host.run(renderLook(registry));
    const since = Number(stdout.trim());
    if (since <= 0 || !Number.isSafeInteger(since)) return looks > 0;
    if (looks === 0)
      say(`another run collects its garbage since ${new Date(since * 1000).toISOString()}; waiting for it`);
    if (now().getTime() > patienceEnds) return true;
    await sleep(lockPauseMs);
  }
}

/** Prints since when the oldest of them is there, in seconds. */
function renderLook(registry: string): string {
  return [
    lockFunctions,
    'for rp_other in /tmp/registry-prune-lock-*; do',
    '  [ -r "$rp_other" ] || continue',
    '  IFS= read -r rp_theirs 2>/dev/null <"$rp_other"',
    '  set -- $rp_theirs',
    '  [ $# -gt 5 ] && rp_holds "$2" "$3" "$4" || continue',
    '  rp_since=$5',
    '  shift 5',
    `  case $* in *${quote(nameOfRun('', registry))}) printf '%s\\n' "$rp_since" ;; esac`,
    'done | sort -n | head -n 1',
    '',
  ].join('\n');
}
