/** What a wrong set of inputs is told. */
import { ConfigError, type InputProblem } from '../../src/config/index.ts';

/** Throws where `load` has nothing to complain of. */
export function problemsOf(load: () => unknown): readonly InputProblem[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('no error');
}
