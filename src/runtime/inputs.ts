/** The inputs as GitHub hands them over. */

const prefix = 'INPUT_';

/**
 * The inputs in an environment. GitHub writes each as `INPUT_` and the name in upper case with `_` for a space; a dash
 * stays. It writes an empty text for an input that the workflow doesn't set, so an empty one is left out.
 */
export function inputsOf(env: Readonly<Record<string, string | undefined>>): ReadonlyMap<string, string> {
  const inputs = new Map<string, string>();
  for (const [key, value] of Object.entries(env)) {
    if (!key.startsWith(prefix) || value === undefined || value.trim() === '') continue;
    inputs.set(key.slice(prefix.length).toLowerCase(), value);
  }
  return inputs;
}
