/** gc/: the garbage of a registry collected on its host, and the registry running again whatever happens. */
export { collect } from './collect.ts';
export { parseCollectorOutput, type CollectorOutput, type CollectorSummary } from './collector-output.ts';
export type { CollectOptions } from './context.ts';
export { jobDirectory } from './job.ts';
export type { CollectLimits } from './limits.ts';
export { lockPrefix } from './lock.ts';
export { doubtMarks, type MarksOptions } from './marks.ts';
export { nameOfRun, waitForOthers, type OthersOptions } from './others.ts';
