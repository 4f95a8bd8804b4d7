/** The main door with as much time after a signal as the test says, in milliseconds. Started by signals.test.ts. */
import { prune } from '../../src/commands/prune.ts';
import { run } from '../../src/commands/run.ts';
import { actionsRuntime } from '../../src/runtime/index.ts';

const [finishMs, leaveMs] = process.argv.slice(2).map(Number);
if (finishMs === undefined || leaveMs === undefined) throw new Error('patient-run.ts FINISH_MS LEAVE_MS');
await run(actionsRuntime({ finishMs, leaveMs }), prune);
