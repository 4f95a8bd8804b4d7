/** The workflows of examples/, taken apart as GitHub does: when they start, and what the step is given then. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minimatch } from 'minimatch';
import { parse } from 'yaml';
import { z } from 'zod';
import { doors } from '../../src/config/index.ts';
import { isTrue, resolveText, type Context } from './expression.ts';

export const exampleFolder = join(import.meta.dirname, '..', '..', 'examples');
const ours: ReadonlyMap<string, 'prune' | 'gc'> = new Map([
  [doors.prune.uses, 'prune'],
  [doors.gc.uses, 'gc'],
]);

const filters = z.strictObject({
  branches: z.array(z.string()).optional(),
  types: z.array(z.string()).optional(),
});
const schedule = z.array(z.strictObject({ cron: z.string() }));
const trigger = z.union([
  z.string().transform((event) => ({ [event]: null })),
  z.record(z.string(), z.union([z.null(), filters, schedule])),
]);
const permissions = z.record(z.string(), z.enum(['read', 'write', 'none']));
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const step = z.looseObject({ uses: z.string().optional(), with: z.record(z.string(), scalar).default({}) });
const job = z.looseObject({
  if: z.string().optional(),
  permissions: permissions.optional(),
  strategy: z
    .strictObject({
      'fail-fast': z.boolean().optional(),
      matrix: z.strictObject({ include: z.array(z.record(z.string(), z.string())) }),
    })
    .optional(),
  steps: z.array(step),
});
// Strict: what isn't known here could change what runs, and no test would notice.
const schema = z.strictObject({
  name: z.string(),
  on: trigger,
  permissions,
  concurrency: z.string().optional(),
  jobs: z.record(z.string(), job),
});

export type Workflow = { readonly name: string } & z.infer<typeof schema>;

/** The step that uses this action, in one job of one entry of the matrix. */
export type ExampleStep = {
  readonly door: 'prune' | 'gc';
  readonly with: Readonly<Record<string, string>>;
  /** What the GITHUB_TOKEN may read. */
  readonly permissions: ReadonlySet<string>;
  /** Whether the repository's files are there. */
  readonly isCheckedOut: boolean;
};

export const exampleNames: readonly string[] = readdirSync(exampleFolder)
  .filter((name) => name.endsWith('.yml') && name !== 'policy.yml')
  .map((name) => name.replace(/\.yml$/, ''))
  .sort();

export function readExample(name: string): Workflow {
  return schema.parse(parse(readFileSync(join(exampleFolder, `${name}.yml`), 'utf8')));
}

/** Every step that runs then, resolved. None where an `if:` says so. Throws where the workflow wouldn't start at all. */
export function stepsOf(
  workflow: Workflow,
  context: Context & { readonly github: GitHubContext },
): readonly ExampleStep[] {
  const why = whyNotStarted(workflow, context.github);
  if (why !== undefined) throw new Error(`The workflow '${workflow.name}' doesn't start: ${why}.`);
  return Object.values(workflow.jobs).flatMap((each) => {
    if (each.if !== undefined && !isTrue(each.if, context)) return [];
    const entries = each.strategy?.matrix.include ?? [{}];
    return entries.flatMap((matrix) =>
      each.steps.flatMap(({ uses, with: given }, index) => {
        const door = ours.get(uses ?? '');
        if (door === undefined) return [];
        const resolved = Object.entries(given).map(
          ([key, text]) => [key, resolveText(text, { ...context, matrix })] as const,
        );
        const before = each.steps.slice(0, index);
        return [
          {
            door,
            with: Object.fromEntries(resolved),
            permissions: granted(each.permissions ?? workflow.permissions),
            isCheckedOut: before.some((other) => other.uses?.startsWith('actions/checkout@')),
          },
        ];
      }),
    );
  });
}

export type GitHubContext = { readonly event_name: string; readonly event: unknown; readonly ref: string };

const payload = z.looseObject({ action: z.string().optional(), schedule: z.string().optional() });

function whyNotStarted(workflow: Workflow, { event_name: name, event, ref }: GitHubContext): string | undefined {
  const on = workflow.on[name];
  if (on === undefined) return `it isn't on ${name}`;
  const { action, schedule: cron } = payload.parse(event);
  if (on === null) return undefined;
  if (Array.isArray(on))
    return on.some((each) => each.cron === cron) ? undefined : `it has no schedule ${String(cron)}`;
  if (on.types !== undefined && !on.types.includes(action ?? '')) return `${String(action)} is none of its types`;
  const branch = ref.replace('refs/heads/', '');
  if (on.branches?.some((pattern) => minimatch(branch, pattern)) === false) return `${branch} is none of its branches`;
  return undefined;
}

function granted(given: Readonly<Record<string, string>>): ReadonlySet<string> {
  return new Set(Object.keys(given).filter((name) => given[name] !== 'none'));
}
