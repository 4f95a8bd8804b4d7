/** One bundle, several doors. */
import { expect, test } from '@jest/globals';
import { commandOf } from '../../src/commands/door.ts';
import { apply } from '../../src/commands/apply.ts';
import { collectGarbage } from '../../src/commands/gc.ts';
import { prune } from '../../src/commands/prune.ts';
import { restoreJournal } from '../../src/commands/restore.ts';
import { run } from '../../src/commands/run.ts';
import { doors } from '../../src/config/index.ts';
import { memoryRuntime } from '../support/runtime.ts';

test('the file that node was started with is the door', () => {
  expect(commandOf(`/actions/registry-prune/dist/${doors.prune.main}`)).toBe(prune);
  expect(commandOf(`/actions/registry-prune/gc/../dist/${doors.gc.main}`)).toBe(collectGarbage);
  expect(commandOf(`/actions/registry-prune/apply/../dist/${doors.apply.main}`)).toBe(apply);
  expect(commandOf(`/actions/registry-prune/restore/../dist/${doors.restore.main}`)).toBe(restoreJournal);
  expect(commandOf('/work/src/index.ts')).toBe(prune);
});

test.each(['/tmp/prune.js', '', undefined])('%s is none, and does nothing', async (file) => {
  const runtime = memoryRuntime({ inputs: { registry: 'registry.example.com' } });
  await run(runtime, commandOf(file));
  expect(runtime.failures).toEqual([
    expect.stringMatching(/none of its doors\.\nStart it as one of index\.js, gc\.js, apply\.js, restore\.js/),
  ]);
});
