/** config/: from the inputs as text to one readonly value for each door. Every error names its input and shows a correct line. */
export type { Access } from './access.ts';
export { type ApplyConfig, loadApplyConfig } from './apply.ts';
export type { Collecting } from './collecting.ts';
export type { InputDefinition, OutputDefinition } from './definition.ts';
export { doors, inputsOf, lsDoor, type Door } from './doors.ts';
export { ConfigError, type InputProblem } from './error.ts';
export { type GcConfig, loadGcConfig } from './gc.ts';
export type { HostConfig } from './host.ts';
export { inputDefinitions } from './inputs.ts';
export { type Config, loadConfig } from './load.ts';
export { type LsConfig, loadLsConfig } from './ls.ts';
export { outputDefinitions } from './outputs.ts';
export { type RestoreConfig, loadRestoreConfig } from './restore.ts';
export { secretsOf } from './secrets.ts';
export { parseService, showService, type Service, type Workload } from './service.ts';
export type { SshConfig, SshDestination } from './ssh.ts';
export { nearest } from './suggestion.ts';
