// A collection whose connection is cut, at every step of it and at any moment: the registry answers again, nothing that was
// kept is lost, and nothing is left on the host. Over a real SSH connection, into a real container.

import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Phase } from '../../../src/gc/events.ts';
import type { MemoryRuntime } from '../../support/runtime.ts';
import { describeEngine, type RegistryLine } from '../engine.ts';
import { randomFrom } from '../../soak/random.ts';
import type { SshServer } from '../ssh-server.ts';
import { pullTools, referenceOf } from '../tools.ts';
import { kill9, leftBy, nothingLeft, removeJobs, sshClientsTo, untilBack, watchPhases } from './host-watch.ts';
import { collectingInputs, expectKept, keptRepository, startLaidRegistry, type LaidRegistry } from './laid-registry.ts';
import { collectOverSsh, overSsh, sshToEngine } from './workplace.ts';

jest.setTimeout(300_000);

const policy = 'unless-stopped';
const laid = { revisions: 2_000, garbage: 300 };

describeEngine('x', (engine) => {
  let server: SshServer;
  let registry: LaidRegistry;
  beforeAll(async () => {
    server = await sshToEngine(engine());
    const t = Date.now();
    registry = await startLaidRegistry(engine(), '3.1', laid, { args: ['--restart', policy] });
    console.log('laid', Date.now() - t);
  });
  afterAll(async () => {
    await server.stop();
    await registry.close();
  });
  test('plain', async () => {
    for (let i = 0; i < 2; i += 1) {
    registry.litter();
    const watch = watchPhases(registry);
    const t = Date.now();
    for (const p of ['prepare', 'check', 'ready', 'stopping', 'stopped', 'unlinking', 'collecting', 'collected', 'starting', 'started', 'cleaning'] as const)
      void watch.reached(p).then(() => console.log(p, Date.now() - t));
    const done = await collectOverSsh({ ...collectingInputs(registry), ...overSsh(server) });
    watch.stop();
    console.log(Date.now() - t, done.lines.join('\n'), done.failures);
    console.log(await untilBack(registry), await leftBy(engine(), registry), watch.seen);
    await expectKept(registry);
    expect(await registry.isClean()).toBe(true);
    }
  });
});
