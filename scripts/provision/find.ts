// Looks for what is already on this machine, and changes nothing. Synchronous, because jest wants to know which suites
// there are before the first of them runs.

import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { z } from 'zod';
import { wantedFiles, wantedRegistries, wantedTools, type ToolName, type Wanted, type WantedFile } from './wanted.ts';

/** The environment variable that names the file with what the provisioning found. */
export const foundFileVariable = 'REGISTRY_PRUNE_FOUND';

const runnable = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('program'), path: z.string() }),
  z.object({ kind: z.literal('image'), image: z.string() }),
]);

const foundSchema = z.object({
  registries: z.array(
    z.object({
      name: z.enum(wantedRegistries.map((registry) => registry.name)),
      version: z.string(),
      run: runnable,
    }),
  ),
  tools: z.array(
    z.object({
      name: z.enum([...wantedTools, ...wantedFiles].map((tool) => tool.name)),
      version: z.string(),
      path: z.string(),
    }),
  ),
  missing: z.array(
    z.object({ name: z.string(), what: z.enum(['registry', 'tool']), required: z.boolean(), why: z.string() }),
  ),
});

/** How something found is run: as a program, or, where an engine is at hand, as a container. */
export type Runnable = Readonly<z.infer<typeof runnable>>;
/** Everything that was looked for: what is there, and what isn't and why. A plain value, written as JSON for jest. */
export type Found = {
  readonly registries: readonly { readonly name: string; readonly version: string; readonly run: Runnable }[];
  readonly tools: readonly { readonly name: ToolName; readonly version: string; readonly path: string }[];
  readonly missing: readonly Missing[];
};
export type Missing = {
  readonly name: string;
  readonly what: 'registry' | 'tool';
  readonly required: boolean;
  readonly why: string;
};

/** Reads what the provisioning wrote. Throws where the file isn't that. */
export function readFound(path: string): Found {
  return foundSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
}

/** Where built programs are kept from run to run: outside the tree, so that a fresh clone finds them too. */
export function toolsDirectory(): string {
  const cache = process.env.XDG_CACHE_HOME;
  // An empty XDG_CACHE_HOME counts as none (XDG Base Directory Specification).
  return join(cache === undefined || cache === '' ? join(homedir(), '.cache') : cache, 'registry-prune', 'tools');
}

/** Where a program built with Go at this version lies. */
export function builtProgram(source: { readonly package: string; readonly version: string }): string {
  const program = basename(source.package);
  return join(toolsDirectory(), `${program}-${source.version}`, program);
}

/** Where a file of a package of npm at this version lies. */
export function fetchedFile({ package: name, version, file }: WantedFile): string {
  return join(toolsDirectory(), `${name}-${version}`, basename(file));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a command prints on both streams, or undefined where it fails. */
function printed(command: string, args: readonly string[], expected = 0): string | undefined {
  const run = spawnSync(command, args, { encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'pipe'] });
  return run.status === expected ? run.stdout + run.stderr : undefined;
}

/** Whether the program built from this source is there and runs on this machine. */
export function isBuilt(wanted: Wanted, source: { readonly package: string; readonly version: string }): boolean {
  const path = builtProgram(source);
  return isExecutable(path) && printed(path, wanted.versionArguments, wanted.versionStatus) !== undefined;
}

function findProgram(wanted: Wanted): { readonly version: string; readonly path: string } | undefined {
  const onPath = wanted.programs.flatMap((program) =>
    (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, program)),
  );
  const built = wanted.sources.flatMap((source) => (source.kind === 'go' ? [source] : []));
  for (const path of onPath.filter(isExecutable)) {
    const version = wanted.version.exec(printed(path, wanted.versionArguments, wanted.versionStatus) ?? '')?.[1];
    if (version !== undefined) return { version, path };
  }
  for (const source of built) {
    // Some programs don't know their own version when built this way: the folder's name does.
    if (isBuilt(wanted, source)) return { version: source.version.replace(/^v/, ''), path: builtProgram(source) };
  }
  return undefined;
}

/** Images that were pulled before; asks the engine nothing that could make it pull. */
function findImage(wanted: Wanted): { readonly version: string; readonly image: string } | undefined {
  for (const source of wanted.sources) {
    if (source.kind !== 'image' || printed('docker', ['image', 'inspect', source.image]) === undefined) continue;
    const version = wanted.version.exec(
      printed('docker', ['run', '--rm', '--entrypoint', 'registry', source.image, ...wanted.versionArguments]) ?? '',
    )?.[1];
    if (version !== undefined) return { version, image: source.image };
  }
  return undefined;
}

/** Everything of the table that is on this machine now. Installs nothing. */
export function findAll(): Found {
  const registries: Found['registries'][number][] = [];
  const tools: Found['tools'][number][] = [];
  const missing: Missing[] = [];
  for (const wanted of wantedRegistries) {
    const program = findProgram(wanted);
    const image = program ? undefined : findImage(wanted);
    if (program)
      registries.push({
        name: wanted.name,
        version: program.version,
        run: { kind: 'program', path: program.path },
      });
    else if (image)
      registries.push({ name: wanted.name, version: image.version, run: { kind: 'image', image: image.image } });
    else missing.push({ name: wanted.name, what: 'registry', required: wanted.required, why: 'not on this machine' });
  }
  for (const wanted of wantedTools) {
    const program = findProgram(wanted);
    if (program) tools.push({ name: wanted.name, ...program });
    else missing.push({ name: wanted.name, what: 'tool', required: wanted.required, why: 'not on this machine' });
  }
  for (const wanted of wantedFiles) {
    const { name, version, required } = wanted;
    // It was moved there whole, and only once its package had the right digest.
    if (existsSync(fetchedFile(wanted))) tools.push({ name, version, path: fetchedFile(wanted) });
    else missing.push({ name, what: 'tool', required, why: 'not on this machine' });
  }
  return { registries, tools, missing };
}
