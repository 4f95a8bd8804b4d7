/** apply: carries out the plan of an earlier dry run, as far as it is still true, and never anything more. */
import { loadApplyConfig, secretsOf } from '../config/index.ts';
import { parseRepositoryPatterns } from '../pattern/index.ts';
import { noRule } from '../policy/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { clean } from './clean.ts';
import { readBegun } from './read-journal.ts';
import { readPlan } from './read-plan.ts';

export async function apply(runtime: Runtime): Promise<void> {
  // Secrets are hidden before anything can go wrong with the rest of the inputs.
  for (const secret of secretsOf(runtime.inputs)) runtime.maskSecret(secret);
  const config = loadApplyConfig(runtime.inputs, (path) => runtime.files.readText(path), {
    liveRefs: runtime.liveRefs !== undefined,
  });
  const plan = await readPlan(runtime.files, config);
  const begun = config.journalFile === undefined ? undefined : await readBegun(runtime.files, config.journalFile, plan);
  await clean(runtime, {
    ...config,
    door: 'apply',
    plan,
    ...(begun !== undefined && { begun }),
    // The rules have spoken when the plan was made.
    policy: noRule,
    repositories: plan.repositories.map(({ repository }) => parseRepositoryPatterns([repository])),
    // Only the storage shows manifests without a tag, so it is looked at again where the plan has some, and only there.
    deleteUntagged: plan.repositories.some(({ manifests }) => manifests.some(({ role }) => role === 'untagged')),
    untaggedGraceSeconds: 0,
    removeEmptyRepositories: false,
  });
}
