import { expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { coresApart, coresOf, onCores } from '../../bench/cores.ts';

/** The cores that a process may use which is started now. */
function coresOfChild(): readonly number[] {
  const status = execFileSync('cat', ['/proc/self/status'], { encoding: 'utf8' });
  return coresOf(/^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? '');
}

test('a list of cores is read as taskset writes it', () => {
  expect(coresOf('0')).toEqual([0]);
  expect(coresOf('0-3,8')).toEqual([0, 1, 2, 3, 8]);
  expect(coresOf('2,4-5')).toEqual([2, 4, 5]);
});

const apart = coresApart();
if (apart === undefined) test.skip('two halves of the cores: there is only one core', () => undefined);
else
  test('two halves are all cores, and what is started on one of them runs there alone', async () => {
    const all = coresOfChild();
    expect([...coresOf(apart.client), ...coresOf(apart.registry)].toSorted((a, b) => a - b)).toEqual(all);
    for (const cores of [apart.client, apart.registry]) {
      expect(await onCores(cores, () => Promise.resolve(coresOfChild()))).toEqual(coresOf(cores));
      expect(coresOfChild()).toEqual(all);
    }
    await expect(onCores(apart.client, () => Promise.reject(new Error('on its way')))).rejects.toThrow('on its way');
    expect(coresOfChild()).toEqual(all);
    expect(await onCores(undefined, () => Promise.resolve(coresOfChild()))).toEqual(all);
  });
