/** A registry that is a service of a compose file: its containers, and from there on Docker's. */
import type { Service } from '../config/index.ts';
import { findContainers } from './containers.ts';
import type { FindIds } from './container-look.ts';
import type { FoundService } from './found-service.ts';
import type { Host } from './host.ts';
import { quote } from './quote.ts';

export type ComposeService = Extract<Service, { kind: 'compose' }>;

// The plugin first: what it doesn't know, 1.29, which Debian still has, does. Both name a project after the file's directory.
const findIds =
  ({ file, service }: ComposeService): FindIds =>
  (client) => `
rp_file=${quote(file)} rp_service=${quote(service)}
if ${client} compose version >/dev/null 2>&1; then rp_compose='${client} compose'
elif command -v docker-compose >/dev/null 2>&1; then rp_compose=docker-compose
else echo fail no-compose; exit 0; fi
[ -r "$rp_file" ] || { echo fail no-file; exit 0; }
# Both warn of this and that on their standard error.
rp_ids=$($rp_compose -f "$rp_file" ps -q "$rp_service" 2>/dev/null) || {
  echo fail compose
  $rp_compose -f "$rp_file" ps -q "$rp_service" 2>&1 | tail -n 5 | sed 's/^/words /'
  $rp_compose -f "$rp_file" ps --services 2>/dev/null | sort | head -n 20 | sed 's/^/there /'
  exit 0
}
[ -n "$rp_ids" ] || { echo fail not-up; exit 0; }
`;

/** Finds them. Throws MachineError as `findContainers` does, and where the file or the service isn't there. */
export function findComposeService(
  host: Host,
  asked: { readonly service: ComposeService; readonly shown: string; readonly registryConfig?: string | undefined },
): Promise<FoundService> {
  return findContainers(host, {
    client: 'docker',
    shown: asked.shown,
    findIds: findIds(asked.service),
    registryConfig: asked.registryConfig,
  });
}
