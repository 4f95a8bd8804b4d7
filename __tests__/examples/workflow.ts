/** The workflows of examples/, taken apart as GitHub does: when they start, and what the step is given then. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minimatch } from 'minimatch';
import { parse } from 'yaml';
import { z } from 'zod';
import { doors } from '../../src/config/index.ts';
import { isTrue, resolveText, resolveValue, type Context } from './expression.ts';

export const exampleFolder = join(import.meta.dirname, '..', '..', 'examples');
type DoorName = keyof typeof doors;
const ours: ReadonlyMap<string, DoorName> = new Map(
  (Object.keys(doors) as DoorName[]).map((name) => [doors[name].uses, name]),
);

const askedFor = z.strictObject({
  description: z.string(),
  required: z.boolean().optional(),
  type: z.enum(['string', 'boolean']).optional(),
  default: z.union([z.string(), z.boolean()]).optional(),
});
const filters = z.strictObject({
  branches: z.array(z.string()).optional(),
  types: z.array(z.string()).optional(),
  /** What whoever starts it by hand is asked for. */
  inputs: z.record(z.string(), askedFor).optional(),
});
const schedule = z.array(z.strictObject({ cron: z.string() }));
const trigger = z.union([
  z.string().transform((event) => ({ [event]: null })),
  z.record(z.string(), z.union([z.null(), filters, schedule])),
]);
const permissions = z.record(z.string(), z.enum(['read', 'write', 'none']));
const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const step = z.looseObject({
  id: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), scalar).default({}),
});
const job = z.looseObject({
  if: z.string().optional(),
  permissions: permissions.optional(),
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  outputs: z.record(z.string(), z.string()).optional(),
  strategy: z
    .strictObject({
      'fail-fast': z.boolean().optional(),
      'max-parallel': z.number().optional(),
      matrix: z.union([z.string(), z.strictObject({ include: z.array(z.record(z.string(), z.string())) })]),
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

export type Job = z.infer<typeof job>;
export type Workflow = { readonly name: string } & z.infer<typeof schema>;

/** The step that uses this action, in one job of one entry of the matrix. */
export type ExampleStep = {
  /** As `steps.ID` names it. */
  readonly id: string | undefined;
  readonly door: DoorName;
  readonly with: Readonly<Record<string, string>>;
  /** What the GITHUB_TOKEN may read. */
  readonly permissions: ReadonlySet<string>;
  /** Whether the repository's files are there. */
  readonly isCheckedOut: boolean;
  /** The artifacts of earlier jobs that are, by name. */
  readonly downloads: readonly string[];
};

export const exampleNames: readonly string[] = readdirSync(exampleFolder)
  .filter((name) => name.endsWith('.yml') && name !== 'policy.yml')
  .map((name) => name.replace(/\.yml$/, ''))
  .sort();

export function readExample(name: string): Workflow {
  return schema.parse(parse(readFileSync(join(exampleFolder, `${name}.yml`), 'utf8')));
}

type RunContext = Context & { readonly github: GitHubContext };

/** The jobs by name, those that another needs before it. Throws where the workflow wouldn't start at all. */
export function jobsOf(workflow: Workflow, { github }: RunContext): readonly (readonly [name: string, job: Job])[] {
  const why = whyNotStarted(workflow, github);
  if (why !== undefined) throw new Error(`The workflow '${workflow.name}' doesn't start: ${why}.`);
  const jobs = Object.entries(workflow.jobs);
  for (const [at, [name, each]] of jobs.entries())
    for (const needed of neededBy(each))
      if (!jobs.slice(0, at).some(([before]) => before === needed))
        throw new Error(`The job ${name} needs ${needed}, which doesn't stand before it.`);
  return jobs;
}

/** Names of jobs. */
export function neededBy({ needs = [] }: Job): readonly string[] {
  return typeof needs === 'string' ? [needs] : needs;
}

/** Every step of ours that runs then, resolved, if every job does its work. */
export function stepsOf(workflow: Workflow, context: RunContext): readonly ExampleStep[] {
  return jobsOf(workflow, context).flatMap(([, each]) => stepsOfJob(workflow, each, context));
}

/** The same of one job. None where an `if:` says so. */
export function stepsOfJob(workflow: Workflow, each: Job, context: RunContext): readonly ExampleStep[] {
  if (each.if !== undefined && !isTrue(each.if, context)) return [];
  return entriesOf(each, context).flatMap((matrix) =>
    each.steps.flatMap(({ id, uses, with: given }, index) => {
      const door = ours.get(uses ?? '');
      if (door === undefined) return [];
      const resolved = Object.entries(given).map(
        ([key, text]) => [key, resolveText(text, { ...context, matrix })] as const,
      );
      const before = each.steps.slice(0, index);
      return [
        {
          id,
          door,
          with: Object.fromEntries(resolved),
          permissions: granted(each.permissions ?? workflow.permissions),
          isCheckedOut: before.some((other) => other.uses?.startsWith('actions/checkout@')),
          downloads: before.flatMap((other) =>
            other.uses?.startsWith('actions/download-artifact@') === true ? (other.with.name ?? []) : [],
          ),
        },
      ];
    }),
  );
}

const oneAxis = z.record(z.string(), z.array(z.string()));

/** What `matrix` is in each of the job's runs. */
function entriesOf({ strategy }: Job, context: Context): readonly Readonly<Record<string, string>>[] {
  if (strategy === undefined) return [{}];
  const { matrix } = strategy;
  if (typeof matrix !== 'string') return matrix.include;
  const [only, ...others] = Object.entries(oneAxis.parse(resolveValue(matrix, context)));
  if (only === undefined || others.length > 0) throw new Error('A matrix of one axis is understood, and no other.');
  const [axis, values] = only;
  return values.map((value) => ({ [axis]: value }));
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
