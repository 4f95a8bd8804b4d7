/** Runs a command and turns what it throws into one message and a failed step. */
import { ConfigError } from '../config/index.ts';
import type { Runtime } from '../runtime/index.ts';

/** `explain`: bad inputs in the words of whoever gave them; without it in a workflow's. */
export async function run(
  runtime: Runtime,
  command: (runtime: Runtime) => Promise<void>,
  explain: (error: ConfigError) => string = ({ message }) => message,
): Promise<void> {
  try {
    await command(runtime);
  } catch (error) {
    if (error instanceof ConfigError) runtime.fail(explain(error), 'usage');
    else runtime.fail(messageOf(error));
  }
}

/** The errors of every room say what happened and, beside it, the way out. Anything else is a mistake of this program. */
function messageOf(error: unknown): string {
  // Not `instanceof Error`: what node's own modules throw may come from another realm.
  const { message, wayOut, stack }: Partial<Record<'message' | 'wayOut' | 'stack', unknown>> =
    typeof error === 'object' && error !== null ? error : {};
  if (typeof message === 'string' && typeof wayOut === 'string') return `${message}\n${wayOut}`;
  return typeof stack === 'string' ? stack : String(error);
}
