import type { SshConfig } from '../config/index.ts';
import type { Environment } from './environment.ts';
import type { Host } from './host.ts';
import { localHost } from './local.ts';
import { sshHost } from './ssh.ts';

export type OpenOptions = {
  /** Absent: this very machine. */
  readonly ssh?: SshConfig;
  readonly env: Environment;
  readonly tempDir: string;
  readonly homeDir: string;
};

/** The registry's host. To be closed. Throws MachineError where no script could ever reach it. */
export function openHost({ ssh, env, tempDir, homeDir }: OpenOptions): Promise<Host> {
  return ssh === undefined ? Promise.resolve(localHost({ env })) : sshHost({ ssh, env, tempDir, homeDir });
}
