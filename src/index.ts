/** The doors of the action. One bundle: the name of the file that node was started with tells which one it is. */
import { commandOf } from './commands/door.ts';
import { run } from './commands/run.ts';
import { keepHeapSmall } from './runtime/heap.ts';
import { actionsRuntime } from './runtime/index.ts';

keepHeapSmall();
await run(actionsRuntime(), commandOf(process.argv[1]));
