/** runtime/: where we run. The only room that imports @actions/core, @clack/prompts and picocolors. */
export type {
  AppendFile,
  Counter,
  Desk,
  FailureKind,
  Files,
  Heap,
  Log,
  Look,
  Phase,
  Row,
  Runtime,
  Span,
} from './runtime.ts';
export { actionsRuntime } from './actions.ts';
export { nodeFiles } from './files.ts';
export { inputsOf } from './inputs.ts';
export { Interrupted, unlessAborted, type Interruption } from './interruption.ts';
export { plainLines, plainText } from './plain-text.ts';
