/** Runs a command and turns what it throws into one message and a failed step. */
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { ConfigError, type InputProblem } from '../config/index.ts';
import type { FilePlace } from '../model/index.ts';
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
    if (error instanceof ConfigError) runtime.fail(annotated(runtime, error, explain), 'usage');
    else runtime.fail(messageOf(error));
  }
}

/** What is wrong in a file of the workspace is shown at its line; answers the message with the rest. */
function annotated(runtime: Runtime, { problems }: ConfigError, explain: (error: ConfigError) => string): string {
  const placed = problems.map((problem) => ({ problem, place: placeOf(runtime.workspace, problem) }));
  for (const { problem, place } of placed)
    if (place !== undefined) runtime.log.error(explain(new ConfigError([problem])), undefined, place);
  const rest = placed.filter(({ place }) => place === undefined).map(({ problem }) => problem);
  return rest.length > 0
    ? explain(new ConfigError(rest))
    : 'What is wrong with the policy is named above, each at its line. Nothing was asked of the registry.';
}

/** A path is read as the files are: from the directory that this runs in. One that leads elsewhere has no page on GitHub. */
function placeOf(workspace: string, { at }: InputProblem): FilePlace | undefined {
  if (at?.isPath !== true) return undefined;
  const file = relative(workspace, resolve(at.file));
  return isAbsolute(file) || file.split(sep)[0] === '..'
    ? undefined
    : { file: file.replaceAll(sep, '/'), line: at.line };
}

/** The errors of every room say what happened and, beside it, the way out. Anything else is a mistake of this program. */
function messageOf(error: unknown): string {
  // Not `instanceof Error`: what node's own modules throw may come from another realm.
  const { message, wayOut, stack }: Partial<Record<'message' | 'wayOut' | 'stack', unknown>> =
    typeof error === 'object' && error !== null ? error : {};
  if (typeof message === 'string' && typeof wayOut === 'string') return `${message}\n${wayOut}`;
  return typeof stack === 'string' ? stack : String(error);
}
