/** The client: asks and claims. */
import { GitHubError } from './error.ts';
import type { GitHub, GitHubOptions } from './github.ts';

/** Opens nothing: the first question does. */
export function connectGitHub({ apiUrl }: GitHubOptions): GitHub {
  const missing = (): Promise<never> =>
    Promise.reject(new GitHubError({ what: `${apiUrl} is not asked yet.`, wayOut: 'Wait for it.' }));
  return { claim: missing, confirm: missing };
}
