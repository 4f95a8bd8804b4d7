/** plan/ (pure): what goes and how, and the proof that it harms nothing that stays. */
export { build, type UntaggedWish } from './build.ts';
export { decode, encode, PlanFormatError } from './codec.ts';
export { coverBatch } from './cost.ts';
export { guard, parseLimit, type Limit } from './guard.ts';
export { holdsOf } from './holds.ts';
export { matrixFor, type SeenRepository } from './matrix.ts';
export { contradictionIn } from './contradiction.ts';
export { spareOutdated } from './outdated.ts';
export { narrow, type Narrowed, type Spared } from './narrow.ts';
export { schedule } from './schedule.ts';
export { unlinkable } from './unlinkable.ts';
export { verify } from './verify.ts';
