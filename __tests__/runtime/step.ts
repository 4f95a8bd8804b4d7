/** A step of its own process: does with the runtime what the name says. Started by actions.test.ts. */
import { actionsRuntime } from '../../src/runtime/index.ts';

const runtime = actionsRuntime();
const steps: Readonly<Record<string, () => Promise<void> | void>> = {
  log() {
    runtime.log.info('a line');
    runtime.log.info('::error::made by a registry');
    runtime.log.debug('a detail');
    runtime.log.notice('a notice');
    runtime.log.warning('two\nlines', 'apps/web');
    runtime.log.error('an error', 'a: title, two\nlines');
    runtime.log.group('apps/web', ['kept v1', '##[error]kept v2']);
  },
  places() {
    runtime.log.warning('look here', 'a title', { file: 'deploy/compose.yaml', line: 3 });
    runtime.log.error('two\nlines', undefined, { file: 'a,b:c\n.yml', line: 12 });
  },
  inputs() {
    runtime.log.info(JSON.stringify([...runtime.inputs]));
    runtime.log.info(`${runtime.tempDir} ${runtime.homeDir} ${String(runtime.env.HOME)}`);
  },
  secrets() {
    runtime.maskSecret('open sesame');
    runtime.maskSecret('open sesame');
    runtime.maskSecret('');
    runtime.log.info('open sesame, please');
    runtime.log.warning(`Basic ${Buffer.from('me:open sesame').toString('base64')}`);
    runtime.log.group('open sesame', ['open sesame']);
    return runtime.writeSummary('It was open sesame.');
  },
  outputs() {
    runtime.setOutput('deleted-tags', '["apps/web:v1"]');
    runtime.setOutput('report-file', '/tmp/a\nb');
  },
  summary() {
    return runtime.writeSummary('# Done');
  },
  fail() {
    runtime.log.error('the first\nreason');
    runtime.fail('the first\nreason');
    runtime.fail('the second');
    runtime.fail('the second');
  },
  async time() {
    const before = runtime.now();
    await runtime.sleep(5);
    const random = runtime.random();
    runtime.log.info(JSON.stringify([runtime.now() >= before, random >= 0 && random < 1]));
  },
};
await steps[process.argv[2] ?? '']?.();
