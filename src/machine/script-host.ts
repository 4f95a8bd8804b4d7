/** What every host does with its connections: one for each script, and none left when it is closed. */
import type { Connection } from './connection.ts';
import { MachineError } from './errors.ts';
import type { Host } from './host.ts';

/**
 * `open` is given a signal that ends what it has begun; where it rejects, nothing that it started runs any more. `cleanUp`
 * runs once, when every connection has ended.
 */
export function scriptHost(options: {
  readonly name: string;
  readonly open: (signal: AbortSignal) => Promise<Connection>;
  readonly cleanUp?: () => Promise<void>;
}): Host {
  const { name, open, cleanUp } = options;
  const closing = new AbortController();
  const ends = new Set<Promise<void>>();
  let closed: Promise<void> | undefined;

  const start = async (): Promise<Connection> => {
    if (closing.signal.aborted)
      throw new MachineError({
        kind: 'cut',
        what: `The connections to ${name} are closed`,
        wayOut: 'Run again; if nobody stopped this run, report it with its log.',
      });
    const opening = open(closing.signal);
    const end = opening.then(
      (connection) => connection.gone,
      () => undefined,
    );
    ends.add(end);
    void end.then(() => ends.delete(end));
    return opening;
  };

  return {
    name,
    async run(script, runOptions = {}) {
      const { timeoutMs } = runOptions;
      const begun = performance.now();
      const connection = await start();
      // The time that a script may take includes the login: that has a limit of its own.
      const left = timeoutMs === undefined ? {} : { timeoutMs: Math.max(1, timeoutMs - (performance.now() - begun)) };
      return connection.run(script, { ...runOptions, ...left });
    },
    async prepare() {
      const connection = await start();
      return { run: connection.run, close: connection.close };
    },
    close() {
      closed ??= (async () => {
        closing.abort();
        while (ends.size > 0) await Promise.all(ends);
        await cleanUp?.();
      })();
      return closed;
    },
  };
}
