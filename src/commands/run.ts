/** Runs a command and turns what it throws into one message and a failed step. */
import { ConfigError } from '../config/index.ts';
import { CredentialsError } from '../credentials/index.ts';
import { RegistryError } from '../registry/index.ts';
import type { Runtime } from '../runtime/index.ts';

export async function run(runtime: Runtime, command: (runtime: Runtime) => Promise<void>): Promise<void> {
  try {
    await command(runtime);
  } catch (error) {
    runtime.fail(messageOf(error));
  }
}

function messageOf(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  if (error instanceof RegistryError || error instanceof CredentialsError) return `${error.message}\n${error.wayOut}`;
  // Not `instanceof Error`: what node's own modules throw may come from another realm.
  const { stack } = typeof error === 'object' && error !== null && 'stack' in error ? error : { stack: undefined };
  return typeof stack === 'string' ? stack : String(error);
}
