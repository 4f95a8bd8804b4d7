#!/usr/bin/env node
/** The command line. */
import { complaintAboutNode } from './cli/node.ts';
import { keepHeapSmall } from './runtime/heap.ts';

const complaint = complaintAboutNode(process.versions.node);
if (complaint === undefined) {
  // Only now: an older Node fails in the middle of loading it, with words that say nothing.
  // eslint-disable-next-line no-restricted-syntax -- "eager" leaves it in the bundle: no chunk of its own.
  const { main } = await import(/* webpackMode: "eager" */ './cli/main.ts');
  keepHeapSmall();
  await main(process.argv.slice(2));
} else {
  process.stderr.write(`error: ${complaint}\n`);
  process.exitCode = 2;
}
