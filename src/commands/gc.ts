/** gc: frees the disk of a registry on its host, whatever was deleted before, and proves what stays. */
import { loadGcConfig, secretsOf } from '../config/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { openRegistry } from './open.ts';

export async function collectGarbage(runtime: Runtime): Promise<void> {
  // Secrets are hidden before anything can go wrong with the rest of the inputs.
  for (const secret of secretsOf(runtime.inputs)) runtime.maskSecret(secret);
  const config = loadGcConfig(runtime.inputs, (path) => runtime.files.readText(path));
  const registry = await openRegistry(runtime, config);
  try {
    await registry.ping();
  } finally {
    await registry.close();
  }
}
