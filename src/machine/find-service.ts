/** Finds the registry's service on its host, whatever runs it. */
import type { HostConfig } from '../config/index.ts';
import { showService } from '../config/index.ts';
import { findCommand } from './command.ts';
import { findComposeService } from './compose.ts';
import { findByName } from './container-look.ts';
import { findContainers } from './containers.ts';
import type { FoundService } from './found-service.ts';
import type { Host } from './host.ts';
import { findKubernetesService } from './kubernetes.ts';
import { findUnit } from './systemd.ts';

/**
 * Asks the host, and changes nothing there. Throws MachineError of kind `service` where there is no such service, or it
 * is something else than a registry of distribution that runs; with what is to be done about it.
 */
export function findService(
  host: Host,
  { service, registryConfig }: Pick<HostConfig, 'service' | 'registryConfig'>,
): Promise<FoundService> {
  const shown = showService(service);
  switch (service.kind) {
    case 'docker':
    case 'podman':
      return findContainers(host, { client: service.kind, shown, findIds: findByName(service.name), registryConfig });
    case 'compose':
      return findComposeService(host, { service, shown, registryConfig });
    case 'systemd':
      return findUnit(host, { unit: service.unit, shown, registryConfig });
    case 'kubectl':
      return findKubernetesService(host, { service, ...(registryConfig !== undefined && { registryConfig }) });
    case 'command':
      return findCommand(host, { program: service.program, shown, registryConfig });
  }
}
