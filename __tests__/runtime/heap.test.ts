import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { setImmediate } from 'node:timers/promises';
import { nodeHeap } from '../../src/runtime/heap.ts';

/** Whether something that nobody holds is gone. The job that looked at it last has ended by then. */
async function isGone(made: WeakRef<object>): Promise<boolean> {
  await setImmediate();
  nodeHeap.free();
  await setImmediate();
  return made.deref() === undefined;
}

test.each([nodeHeap.waiting, nodeHeap.thinking])(
  'what nobody needs any more is let go of, whatever lies ahead',
  async (say) => {
    say();
    const held = { text: 'held' };
    expect(await isGone(new WeakRef({ text: 'not held' }))).toBe(true);
    expect(await isGone(new WeakRef(held))).toBe(false);
    expect(held.text).toBe('held');
    // Nobody else finds the function that does it.
    expect('gc' in globalThis).toBe(false);
  },
);

/** What a process says on stderr that has this done: V8 writes there itself, past everything that could listen in here. */
function saidBy(code: string): string {
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { encoding: 'utf8' });
  expect(status).toBe(0);
  return stderr;
}

test('V8 knows all that is set', () => {
  const heap = new URL('../../src/runtime/heap.ts', import.meta.url).href;
  const all = 'keepHeapSmall(); nodeHeap.thinking(); nodeHeap.free(); nodeHeap.waiting();';
  expect(saidBy(`import { keepHeapSmall, nodeHeap } from '${heap}'; ${all}`)).toBe('');
  const unknown = "import { setFlagsFromString } from 'node:v8'; setFlagsFromString('--no-such-flag');";
  expect(saidBy(unknown)).toContain('no-such-flag');
});
