/** SIGINT and SIGTERM of this very process, and what is said of them. */
import { Interrupted, listenForSignals, type Interruption, type InterruptionLimits } from './interruption.ts';
import type { Log, Runtime } from './runtime.ts';

const stopping =
  'the run is ended. Nothing more is begun, what is being deleted at this moment is finished, and the report is written.';

/**
 * From now on the process hears SIGINT and SIGTERM, and has `limits` to end after the first of them. `isSaid`: whether it is
 * known by now what the run failed with.
 */
export function hearSignals(run: {
  readonly log: Log;
  readonly fail: Runtime['fail'];
  readonly isSaid: () => boolean;
  readonly limits: InterruptionLimits;
}): Interruption {
  const { log, fail, isSaid, limits } = run;
  let by = '';
  return listenForSignals({
    limits,
    on: (signal, heard) => {
      process.on(signal, heard);
    },
    after: (ms, then) => {
      setTimeout(then, ms).unref();
    },
    heard: (signal, times) => {
      // Also for a run that has said by now that all went well.
      process.exitCode = 1;
      if (times === 1) by = signal;
      log.warning(times === 1 ? `${signal}: ${stopping}` : `${signal}: the run is ending already.`);
    },
    leave: () => {
      const { message, wayOut } = new Interrupted(by, ' and is cut off: it did not end in time');
      if (!isSaid()) fail(`${message}. Whatever it deleted is in the journal file.\n${wayOut}`);
      process.exit();
    },
  });
}
