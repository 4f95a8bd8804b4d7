/** The action's main door: `uses: owner/registry-prune@v1`. */
import { prune } from './commands/prune.ts';
import { run } from './commands/run.ts';
import { actionsRuntime } from './runtime/index.ts';

await run(actionsRuntime(), prune);
