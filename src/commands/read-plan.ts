/** The plan that is to be carried out, as a file from hands that may have edited it, and whether it is one for this run. */
import type { ApplyConfig } from '../config/index.ts';
import type { Plan } from '../model/index.ts';
import { contradictionIn, decode } from '../plan/index.ts';
import type { Files } from '../runtime/index.ts';
import { policyDigest } from './policy-digest.ts';

/** A plan that is not carried out, whatever the registry says of it. */
class PlanRefused extends Error {
  override readonly name = 'PlanRefused';
  readonly wayOut: string;

  constructor(message: string, wayOut: string) {
    super(message);
    this.wayOut = wayOut;
  }
}

/** One of 200,000 deletions, and as many tags that stay, has some 200 MB; V8 makes no text of more than 512 MB. */
const longestPlan = 256 * 1024 * 1024;

const anew = 'Make a new plan with dry-run: true and pass its plan-file on as it is.';

/** Throws PlanRefused, and PlanFormatError for what is no plan. Nothing was asked of the registry by then. */
export async function readPlan(files: Files, { planFile, origin, madeBy, garbageCollect }: ApplyConfig): Promise<Plan> {
  const plan = decode(await textOf(files, planFile));
  const contradiction = contradictionIn(plan);
  if (contradiction !== undefined)
    throw new PlanRefused(
      `The plan contradicts itself, as none does that was passed on as it is: ${contradiction}`,
      anew,
    );
  if (plan.registry !== origin)
    throw new PlanRefused(
      `The plan was made for the registry ${plan.registry}, and this run is for ${origin}.`,
      'Give the same registry as the dry run did, by the same name, or make a plan for this one.',
    );
  if (madeBy !== undefined && plan.configDigest !== policyDigest(madeBy))
    throw new PlanRefused(
      'The plan was made under other rules than those that are given here.',
      `${anew} Or give the rules that made it; without any here, the plan alone decides.`,
    );
  if (plan.shard !== undefined && garbageCollect !== 'off')
    throw new PlanRefused(
      `The plan is that of shard ${plan.shard}, and a shard doesn't collect: others may be at work in the registry meanwhile.`,
      'Take garbage-collect out of this step, and collect in one job after all shards.',
    );
  return plan;
}

async function textOf(files: Files, path: string): Promise<string> {
  const named = `plan-file: ${path}`;
  let bytes: Buffer | undefined;
  try {
    bytes = await files.readBytes(path, longestPlan);
  } catch (error) {
    throw new PlanRefused(
      `${named} can't be read. ${error instanceof Error ? error.message : String(error)}`,
      'Give the file that a dry run wrote. Divide a plan that is too large with shard.',
    );
  }
  if (bytes === undefined)
    throw new PlanRefused(
      `${named} is not there.`,
      'Give the path of the plan-file of a dry run; from an earlier job, actions/download-artifact brings it.',
    );
  if (bytes.length === 0) throw new PlanRefused(`${named} is empty.`, anew);
  return bytes.toString('utf8');
}
