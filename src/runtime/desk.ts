/** runtime/, for the command line: beside index.ts, so that what only a terminal needs is in no step of a workflow. */
export { nodeFiles } from './files.ts';
export { exitCodes, openTerminal, terminalRuntime, type Terminal } from './terminal.ts';
