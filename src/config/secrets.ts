/** What must be hidden before anything is printed. */
import { inputDefinitions } from './inputs.ts';
import { userInfoOf } from './registry.ts';

/** The secrets among the inputs: those defined so, and a password that was written into `registry` by mistake. */
export function secretsOf(inputs: ReadonlyMap<string, string>): readonly string[] {
  const defined = inputDefinitions.filter((input) => 'secret' in input).map((input) => inputs.get(input.name) ?? '');
  const misplaced = userInfoOf(inputs.get('registry') ?? '') ?? '';
  const password = misplaced.slice(misplaced.indexOf(':') + 1);
  return [...defined, password].map((secret) => secret.trim()).filter((secret) => secret !== '');
}
