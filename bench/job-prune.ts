/**
 * A process of the benchmark's own: one run of the action, from its inputs to its report, as a step of GitHub has it
 * (INPUT_*, RUNNER_TEMP and so on in the environment). Says what it took in the file that `BENCH_USAGE` names. Loading the
 * modules isn't in it: the bundle loads them otherwise, and that has a measurement of its own.
 */
import { prune } from '../src/commands/prune.ts';
import { run } from '../src/commands/run.ts';
import { keepHeapSmall } from '../src/runtime/heap.ts';
import { actionsRuntime } from '../src/runtime/index.ts';
import { measured } from './usage.ts';

keepHeapSmall();
await measured(() => run(actionsRuntime(), prune));
