/** A plan as a file: what a dry run writes and `apply` reads back, days later, from hands that may have edited it. */
import { z } from 'zod';
import {
  Items,
  parseDigest,
  parseInstant,
  parseOrigin,
  parseRepositoryName,
  parseTag,
  printJson,
  readShard,
  type Plan,
  type PlannedTag,
  type RepositoryPlan,
} from '../model/index.ts';

/** A plan file that can't be carried out. */
export class PlanFormatError extends Error {
  override readonly name = 'PlanFormatError';
  readonly wayOut: string;

  constructor(message: string, wayOut: string) {
    super(message);
    this.wayOut = wayOut;
  }
}

const anew = 'Make a new plan with dry-run: true and pass its plan-file on as it is.';

function named<Name extends string>(parse: (text: string) => Name | undefined, what: string) {
  return z.string().transform((text, context): Name => {
    const name = parse(text);
    if (name !== undefined) return name;
    context.addIssue({ code: 'custom', message: `${JSON.stringify(text)} is no ${what}` });
    return z.NEVER;
  });
}

/** JSON has no `undefined`: a ghost's digest and an attachment's rule are written as null. */
function orUndefined<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().transform((value) => value ?? undefined);
}

const digest = named(parseDigest, 'digest');
const tag = named(parseTag, 'tag');
const repository = named(parseRepositoryName, 'repository name');
const origin = named(parseOrigin, 'registry URL');
const instant = named(parseInstant, 'moment in UTC');
const count = z.int().nonnegative();
const kind = <Kind extends string>(name: Kind) => ({ kind: z.literal(name) });

const created = z.discriminatedUnion('kind', [
  z.strictObject({
    ...kind('known'),
    at: instant,
    source: z.enum(['annotation', 'config', 'history', 'label', 'children', 'push']),
  }),
  z.strictObject({
    ...kind('unknown'),
    why: z.enum(['not-asked', 'absent', 'before-2000', 'in-the-future', 'not-an-image', 'unreadable', 'push-unknown']),
  }),
]);

const pullRequest = z.strictObject({
  ...kind('pull-request'),
  repo: z.string(),
  number: count,
  state: z.enum(['open', 'closed', 'not-found']),
  closedAt: z.exactOptional(instant),
  by: z.enum(['event', 'api']),
});
const branch = z.strictObject({
  ...kind('branch'),
  repo: z.string(),
  text: z.string(),
  liveAs: z.exactOptional(z.string()),
});

const evidence = z.discriminatedUnion('kind', [
  pullRequest,
  branch,
  z.strictObject(kind('no-rule')),
  z.strictObject({ ...kind('keep-tags'), pattern: z.string() }),
  z.strictObject({ ...kind('referenced'), file: z.string(), line: count, as: z.string() }),
  z.strictObject({
    ...kind('rank'),
    position: count,
    of: count,
    keepLast: count,
    live: z.literal(true).exactOptional(),
    by: z.enum(['version', 'number', 'date', 'created']),
    value: z.string(),
    group: z.array(z.string()),
    prerelease: z.boolean(),
  }),
  z.strictObject({
    ...kind('age'),
    seconds: z.number(),
    limitSeconds: z.number(),
    from: z.union([z.literal('tag'), created]),
  }),
  z.strictObject({ ...kind('undated'), created }),
  z.strictObject({ ...kind('ambiguous'), readings: z.array(z.string()) }),
  z.strictObject({ ...kind('attachment'), of: digest }),
  z.strictObject({ ...kind('untagged'), revisedAt: instant }),
  z.strictObject({ ...kind('unreadable'), why: z.string() }),
  z.strictObject(kind('ghost')),
  z.strictObject({ ...kind('another-source'), source: z.string(), repo: z.string() }),
  z.strictObject(kind('placeholder')),
  z.strictObject({ ...kind('other-event'), event: z.string() }),
]);

const plannedTag = z.strictObject({
  tag,
  digest: orUndefined(digest),
  because: z.tuple([evidence], evidence),
  rule: orUndefined(z.string()),
});
const plannedManifest = z.strictObject({
  digest,
  mediaType: z.string(),
  size: count,
  role: z.enum(['tagged', 'child', 'attachment', 'untagged']),
  of: z.exactOptional(digest),
  revisedAt: z.exactOptional(instant),
});
const stayingTag = z.strictObject({ tag, digest });
const repositoryPlan = z.strictObject({
  repository,
  observedAt: instant,
  tagsSeen: count,
  tags: z.array(plannedTag),
  manifests: z.array(plannedManifest),
  stays: z.array(stayingTag),
  frees: z.strictObject({ bytes: count, atLeast: z.boolean() }),
});

/** First of all: text of another kind, or of a later version, has no use for a list of what is missing in it. */
const header = z.looseObject({ format: z.literal('registry-prune.plan'), version: z.literal(1) });

const plan: z.ZodType<Plan> = z.strictObject({
  ...header.shape,
  program: z.string(),
  registry: origin,
  madeAt: instant,
  configDigest: digest,
  shard: z.exactOptional(z.string().refine((text) => readShard(text) !== undefined, 'no shard such as 2/8')),
  claims: z.array(z.discriminatedUnion('kind', [pullRequest, branch])),
  repositories: z.array(repositoryPlan),
});

/**
 * JSON, indented, in one order of keys however the plan was made, with a newline at its end, piece by piece. Throws
 * PlanFormatError, at whichever piece, for a plan that `decode` would refuse.
 */
export function* encode(value: Plan): Iterable<string> {
  const { repositories, ...head } = value;
  const whole = {
    ...normal(plan, { ...head, repositories: [] }),
    repositories: new Items(() => mapped(repositories, inParts)),
  };
  // Down to each tag and each manifest.
  yield* printJson(whole, 4);
  yield '\n';
}

/** Tag by tag: no part of it is there twice while it is written. */
function inParts({ tags, manifests, stays, ...rest }: RepositoryPlan): object {
  return {
    ...normal(repositoryPlan, { ...rest, tags: [], manifests: [], stays: [] }),
    tags: new Items(() => mapped(tags, (each) => withNulls(normal(plannedTag, withNulls(each))))),
    manifests: new Items(() => mapped(manifests, (each) => normal(plannedManifest, each))),
    stays: new Items(() => mapped(stays, (each) => normal(stayingTag, each))),
  };
}

/** What may be `undefined`, as JSON has it, in its place. */
function withNulls(each: PlannedTag): object {
  return { ...each, digest: each.digest ?? null, rule: each.rule ?? null };
}

function* mapped<From, To>(items: Iterable<From>, map: (item: From) => To): Iterable<To> {
  for (const item of items) yield map(item);
}

/** As `decode` would read it. */
function normal<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  return parsedBy(schema, JSON.parse(JSON.stringify(value)));
}

/** The plan that was encoded. Nothing in it is believed: names are parsed, unknown keys refused. Throws PlanFormatError. */
export function decode(text: string): Plan {
  const json = parseJson(text);
  if (!header.safeParse(json).success)
    throw new PlanFormatError(
      'This is not a plan of registry-prune, version 1.',
      `${anew} The same version must read it.`,
    );
  return parsedBy(plan, json);
}

function parsedBy<Value>(schema: z.ZodType<Value>, json: unknown): Value {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  // One is enough to look for the fault; a hundred thousand tags could have as many.
  const [fault] = parsed.error.issues.slice(0, 1).map(({ path, message }) => `at ${path.join('.')}: ${message}`);
  throw new PlanFormatError(`The plan is malformed ${shortened(String(fault))}.`, anew);
}

/** A message quotes what it is about, which may be all of the file. */
function shortened(text: string): string {
  const most = 500;
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PlanFormatError(`The plan is not JSON: ${shortened(String(error))}.`, anew);
  }
}
