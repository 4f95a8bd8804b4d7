/** liveness/live-refs/: what is alive, as a list of refs says it in GitHub's place. */
export { connectLiveRefs } from './connect.ts';
export { LiveRefsError } from './error.ts';
export { longestLiveRefs, parseLiveRefs, type LiveRefs } from './parse.ts';
