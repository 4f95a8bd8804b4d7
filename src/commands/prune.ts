/** prune: deletes the tags that the rules let go, and gives the disk back where that is asked for. */
import { loadConfig, secretsOf } from '../config/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { clean } from './clean.ts';

export async function prune(runtime: Runtime): Promise<void> {
  // Secrets are hidden before anything can go wrong with the rest of the inputs.
  for (const secret of secretsOf(runtime.inputs)) runtime.maskSecret(secret);
  const config = loadConfig(runtime.inputs, (path) => runtime.files.readText(path), {
    liveRefs: runtime.liveRefs !== undefined,
  });
  const repositories = config.policy.rules.map((rule) => rule.repositories);
  await clean(runtime, { ...config, door: 'prune', repositories });
}
