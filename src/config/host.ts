/** The machine that the registry runs on, as far as the inputs say it. */
import type { Service } from './service.ts';
import type { SshConfig } from './ssh.ts';

export type HostConfig = {
  readonly service: Service;
  /** Absolute path of the registry's configuration where the service sees it; else it is found. */
  readonly registryConfig?: string;
  /** Without it: this very machine. */
  readonly ssh?: SshConfig;
};
