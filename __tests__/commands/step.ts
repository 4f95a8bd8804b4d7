/** A run of the action against a sandbox registry, in memory. */
import { afterEach } from '@jest/globals';
import { startSandboxRegistry, type SandboxOptions, type SandboxRegistry } from '../../sandbox/registry.ts';
import { apply } from '../../src/commands/apply.ts';
import { prune } from '../../src/commands/prune.ts';
import { restoreJournal } from '../../src/commands/restore.ts';
import { run } from '../../src/commands/run.ts';
import type { RunReport } from '../../src/report/index.ts';
import { memoryRuntime, type MemoryOptions, type MemoryRuntime } from '../support/runtime.ts';

export const writes = ['PUT', 'POST', 'PATCH', 'DELETE'];

/** Registries of one test file, closed after each test. */
export function useRegistry(): (options?: SandboxOptions) => Promise<SandboxRegistry> {
  const open: SandboxRegistry[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()));
  });
  return async (options) => {
    const registry = await startSandboxRegistry(options);
    open.push(registry);
    return registry;
  };
}

export async function runPrune(
  registry: SandboxRegistry,
  inputs: Readonly<Record<string, string>>,
  options: Omit<MemoryOptions, 'inputs'> = {},
): Promise<MemoryRuntime> {
  const runtime = memoryRuntime({ ...options, inputs: { registry: registry.url, ...inputs } });
  await run(runtime, prune);
  return runtime;
}

/** The plan of a dry run, as text. */
export async function planOf(
  registry: SandboxRegistry,
  inputs: Readonly<Record<string, string>>,
  options: Omit<MemoryOptions, 'inputs'> = {},
): Promise<string> {
  const runtime = await runPrune(registry, { ...inputs, 'dry-run': 'true' }, options);
  if (runtime.failures.length > 0) throw new Error(runtime.lines.join('\n'));
  return runtime.files.readText(runtime.outputs.get('plan-file') ?? '');
}

/** The door apply, which finds this text as `plan.json`; `undefined`: no such file. `others`: more files, by their paths. */
export async function runApply(
  registry: SandboxRegistry,
  plan: string | undefined,
  inputs: Readonly<Record<string, string>> = {},
  options: Omit<MemoryOptions, 'inputs'> = {},
  others: Readonly<Record<string, string>> = {},
): Promise<MemoryRuntime> {
  const given = { registry: registry.url, 'plan-file': 'plan.json', ...inputs };
  const runtime = memoryRuntime({ ...options, inputs: given });
  if (plan !== undefined) runtime.memory.set('plan.json', plan);
  for (const [path, text] of Object.entries(others)) runtime.memory.set(path, text);
  await run(runtime, apply);
  return runtime;
}

/** The other door, with a journal as text. */
export async function runRestore(
  registry: { readonly url: string },
  journal: string,
  inputs: Readonly<Record<string, string>> = {},
): Promise<MemoryRuntime> {
  const runtime = memoryRuntime({ inputs: { registry: registry.url, 'journal-file': 'journal.jsonl', ...inputs } });
  runtime.memory.set('journal.jsonl', journal);
  await run(runtime, restoreJournal);
  return runtime;
}

/** What a run has left for a restore. */
export function journalOf(runtime: MemoryRuntime): string {
  return runtime.files.readText(runtime.outputs.get('journal-file') ?? '');
}

/** The report file. */
export function reportOf(runtime: MemoryRuntime): RunReport {
  return JSON.parse(runtime.files.readText(runtime.outputs.get('report-file') ?? '')) as RunReport;
}
