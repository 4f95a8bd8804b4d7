/** The search for secrets finds them: what it doesn't find in thousands of runs would say nothing else. */
import { expect, test } from '@jest/globals';
import { startSandboxRegistry } from '../../sandbox/registry.ts';
import { randomFrom } from '../../sandbox/random.ts';
import { memoryRuntime } from '../support/runtime.ts';
import { hiding, leaks, makeAccount } from './account.ts';

const account = makeAccount(randomFrom(1));
const [password = ''] = account.secrets;

test.each([
  ['the log', 'log'],
  ['an error', 'error'],
  ['the summary', 'summary'],
  ['an output', 'output'],
  ['a file', 'file'],
  ['another origin, in a body', 'foreign body'],
  ['another origin, as a header that is no secret of ours', 'foreign header'],
])('in %s', async (_, where) => {
  const registry = await startSandboxRegistry();
  const memory = memoryRuntime();
  const request = { method: 'GET', path: '/', headers: {}, body: '' };
  const foreign = {
    url: 'http://foreign',
    requests:
      where === 'foreign body'
        ? [{ ...request, body: `a=${password}` }]
        : where === 'foreign header'
          ? [{ ...request, headers: { authorization: 'Basic else' } }]
          : [request],
    close: () => Promise.resolve(),
  };
  if (where === 'log') memory.log.info(`with ${password}`);
  if (where === 'error') memory.fail(`with Basic ${account.secrets[2] ?? ''}`);
  if (where === 'summary') await memory.writeSummary('with sandbox-token-7');
  if (where === 'output') memory.setOutput('report-file', password);
  if (where === 'file') await memory.files.writePrivateFile('/tmp/plan.json', JSON.stringify({ what: password }));
  expect(leaks(account, { memory, foreign, registry })).not.toEqual([]);
  await registry.close();
});

test('nothing is found where there is nothing, nor what is hidden as the program has it hidden', async () => {
  const registry = await startSandboxRegistry();
  const memory = memoryRuntime();
  const runtime = hiding(memory);
  runtime.maskSecret(password);
  runtime.log.info(`the registry says: ${password} is no password`);
  expect(memory.lines).toEqual(['the registry says: *** is no password']);
  expect(leaks(account, { memory, foreign: undefined, registry })).toEqual([]);
  await registry.close();
});
