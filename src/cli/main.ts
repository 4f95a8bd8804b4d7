/** The command line: what was typed becomes the same inputs that a workflow gives, and the same commands do the work. */
import { apply } from '../commands/apply.ts';
import type { Command } from '../commands/door.ts';
import { collectGarbage } from '../commands/gc.ts';
import { list } from '../commands/ls.ts';
import { prune } from '../commands/prune.ts';
import { restoreJournal } from '../commands/restore.ts';
import { run } from '../commands/run.ts';
import { program } from '../model/index.ts';
import { exitCodes, nodeFiles, openTerminal, terminalRuntime, type Terminal } from '../runtime/desk.ts';
import { renderCompletion } from './completion.ts';
import { renderHelp } from './help.ts';
import type { CommandName } from './options.ts';
import { parseCommandLine, type Invocation } from './parse.ts';
import { explainConfig, UsageError } from './usage.ts';

const work: Readonly<Record<CommandName, Command>> = {
  prune,
  plan: prune,
  apply,
  restore: restoreJournal,
  gc: collectGarbage,
  ls: list,
};

/** Those that delete. What restore does takes nothing away: it puts back what is missing and moves no tag, so nobody is asked. */
const deleting: readonly CommandName[] = ['prune', 'apply', 'gc'];

/** `args`: without node and the program. */
export async function main(args: readonly string[]): Promise<void> {
  const terminal = openTerminal();
  try {
    const invocation = parseCommandLine(args, terminal.env);
    if (invocation.kind === 'run') await carryOut(terminal, invocation);
    else terminal.print('stdout', textFor(invocation, terminal.columns));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const said = terminal.fit('stderr', `error: ${error.message}`).slice('error:'.length);
    terminal.print('stderr', `${terminal.paint('stderr', 'error', 'error:')}${said}\n`);
    process.exitCode = exitCodes.usage;
  }
}

function textFor(invocation: Exclude<Invocation, { readonly kind: 'run' }>, columns?: number): string {
  if (invocation.kind === 'version') return `${program.replace('/', ' ')}\n`;
  return invocation.kind === 'help' ? renderHelp(invocation.of, columns) : renderCompletion(invocation.shell);
}

async function carryOut(terminal: Terminal, given: Extract<Invocation, { readonly kind: 'run' }>): Promise<void> {
  const { command, json, yes, out, liveRefs } = given;
  // Whatever it is, if it is not plainly a dry run, the command itself will say what is wrong with it.
  const isDry = /^\s*true\s*$/i.test(given.inputs.get('dry-run') ?? '');
  const mustAsk = deleting.includes(command) && !isDry && !yes;
  if (mustAsk && !terminal.isAttended)
    throw new UsageError(
      `${command} deletes, and nobody is at a terminal to be asked before. Add --yes to delete all the same, or --dry-run to look.`,
    );
  const inputs = given.passwordStdin ? await withPassword(given.inputs, terminal) : given.inputs;
  const outputs = new Map<string, string>();
  const isList = command === 'ls';
  const runtime = terminalRuntime(terminal, {
    inputs,
    logTo: json || isList ? 'stderr' : 'stdout',
    tables: json ? 'kept' : isList || terminal.isSeen ? 'drawn' : 'none',
    asks: mustAsk,
    onOutput: (name, value) => void outputs.set(name, value),
    ...(out !== undefined && { planFile: out }),
    ...(liveRefs !== undefined && { liveRefs }),
  });
  await run(runtime, work[command], explainConfig);
  if (!json) return;
  const reportFile = outputs.get('report-file');
  const document = outputs.get('listing') ?? (reportFile === undefined ? undefined : nodeFiles.readText(reportFile));
  terminal.print('stdout', `${document ?? noReport(runtime.said())}\n`);
}

/** Where a run ends before it has anything to report. */
function noReport(failures: readonly string[]): string {
  return JSON.stringify({ format: 'registry-prune.error', version: 1, program, failures }, undefined, 2);
}

async function withPassword(
  inputs: ReadonlyMap<string, string>,
  terminal: Terminal,
): Promise<ReadonlyMap<string, string>> {
  // It would stand there for everybody to see.
  if (terminal.isAttended)
    throw new UsageError('--password-stdin: the password comes through a pipe: registry-prune … < FILE');
  const password = await terminal.readStdin();
  if (password.trim() === '') throw new UsageError('--password-stdin: nothing came on stdin.');
  return new Map([...inputs, ['password', password]]);
}
