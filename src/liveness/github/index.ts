/** liveness/github/: which pull requests and branches are alive. The only room that imports @actions/github. */
export { gitlabSlug, metadataText, tagTexts } from './branch-text.ts';
export { connectGitHub } from './connect.ts';
export { GitHubError } from './error.ts';
export { readEvent } from './event.ts';
export type { Ask, GitHub, GitHubOptions } from './github.ts';
