/** How patient a collection is. */
import { followLimits, type FollowLimits } from './follow.ts';
import { jobLimits, type JobLimits } from './job.ts';

export type CollectLimits = FollowLimits &
  JobLimits & {
    /** How long another run on the same registry is waited for, and what lies between two looks. */
    readonly lockMs: number;
    readonly lockPauseMs: number;
    /** How long a registry that was started may take until it answers. */
    readonly answerMs: number;
  };

export const collectLimits: CollectLimits = {
  ...followLimits,
  ...jobLimits,
  // A large storage takes that long once; two collections after each other don't.
  lockMs: 30 * 60_000,
  lockPauseMs: 5_000,
  // A registry answers within a second. A proxy in front of it may look for it again only now and then.
  answerMs: 60_000,
};
