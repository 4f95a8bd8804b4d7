/** gc: frees the disk of a registry on its host, whatever was deleted before, and proves that what is tagged pulls. */
import { loadGcConfig, secretsOf } from '../config/index.ts';
import { noRule } from '../policy/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { clean } from './clean.ts';

export async function collectGarbage(runtime: Runtime): Promise<void> {
  // Secrets are hidden before anything can go wrong with the rest of the inputs.
  for (const secret of secretsOf(runtime.inputs)) runtime.maskSecret(secret);
  const config = loadGcConfig(runtime.inputs, (path) => runtime.files.readText(path));
  await clean(runtime, { ...config, door: 'gc', policy: noRule, repositories: [config.repositories] });
}
