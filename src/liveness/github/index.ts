/** liveness/github/: which pull requests and branches are alive. The only room that imports @actions/github. */
export { connectGitHub } from './connect.ts';
export { GitHubError } from './error.ts';
export { readEvent } from './event.ts';
export type { GitHub, GitHubOptions } from './github.ts';
