/** A registry that a program of the user's own stops and starts. */
import { askHost } from './ask.ts';
import { isRefusal, parseVersion, readSettings } from './distribution.ts';
import { serviceError, type FoundService } from './found-service.ts';
import { killProcesses } from './host-functions.ts';
import type { Host } from './host.ts';
import { quote } from './quote.ts';
import { settingsReduction } from './settings-reduction.ts';
import { shown as cleaned } from './text.ts';

export type CommandAsked = {
  /** Absolute path on the host. */
  readonly program: string;
  readonly shown: string;
  /** The configuration, as a path of the host. */
  readonly registryConfig?: string | undefined;
};

/**
 * Asks the program for the registry's state and version, and reads the configuration on the host. Whatever a variable of
 * the registry's environment overrides there isn't seen.
 */
export async function findCommand(host: Host, asked: CommandAsked): Promise<FoundService> {
  const { program, shown, registryConfig } = asked;
  const where = `${shown} on ${host.name}`;
  if (registryConfig === undefined)
    throw serviceError(
      `Where ${where} has its configuration isn't known`,
      'Set registry-config to its path on the host.',
    );
  const answer = await askHost(host, lookScript(program, registryConfig), where);
  const words = cleaned((answer.get('words') ?? []).join('\n'));
  const failure = answer.get('fail')?.[0];
  if (failure === 'no-program')
    throw serviceError(`${where}: there is no such program, or the user may not run it`, 'Correct registry-service.');
  if (failure === 'no-config')
    throw serviceError(
      `The configuration ${cleaned(registryConfig)} isn't there, or can't be read, on ${host.name}`,
      'Correct registry-config, or log in as a user who may read it.',
    );
  const status = answer.get('status')?.[0] ?? '';
  if (status !== 'running')
    throw serviceError(
      status === 'stopped'
        ? `${where} says that the registry is stopped`
        : `${where} says neither running nor stopped when it is asked for the status: ${words === '' ? `"${cleaned(status)}"` : words}`,
      status === 'stopped'
        ? `Start it: ${program} start.`
        : `Let ${program} status print one of the two words, and nothing else.`,
    );
  const version = parseVersion(cleaned(answer.get('version')?.[0] ?? ''), where);
  if (isRefusal(version)) throw serviceError(version.what, version.wayOut);
  const settings = readSettings({ file: (answer.get('file') ?? []).join('\n'), environment: '' }, registryConfig);
  if (isRefusal(settings)) throw serviceError(`${settings.what}: ${where}`, settings.wayOut);
  const refusal = settings.proxy
    ? {
        what: 'it is a pull-through cache of another registry, which removes what it no longer needs by itself',
        wayOut: 'Collect a registry that images are pushed to.',
      }
    : settings.storage.driver === 'inmemory'
      ? {
          what: 'the registry keeps everything in memory (storage: inmemory): a stop or a restart would empty it',
          wayOut: 'Use the filesystem driver, or one of an object store.',
        }
      : undefined;
  return {
    shown,
    version,
    configPath: registryConfig,
    storage: settings.storage,
    readOnly: settings.readOnly,
    cache: settings.cache,
    instances: [{ id: program, name: program }],
    ...(refusal !== undefined && { refusal: { at: where, ...refusal } }),
    notes: ["What the registry's environment overrides in its configuration isn't known here."],
    functions: commandFunctions(program, registryConfig),
  };
}

function lookScript(program: string, config: string): string {
  return `
rp_program=${quote(program)} rp_config=${quote(config)}
[ -f "$rp_program" ] && [ -x "$rp_program" ] || { echo fail no-program; exit 0; }
[ -f "$rp_config" ] && [ -r "$rp_config" ] || { echo fail no-config; exit 0; }
rp_status=$("$rp_program" status 2>/dev/null) || "$rp_program" status 2>&1 | sed 's/^/words /'
printf '%s\\n' "status $rp_status"
"$rp_program" registry --version 2>/dev/null | head -n 1 | sed 's/^/version /'
awk -v mode=file ${quote(settingsReduction)} <"$rp_config" | sed 's/^/file /'
`;
}

function commandFunctions(program: string, config: string): string {
  const call = quote(program);
  return `${killProcesses(config)}
svc_inside() { sh -s; }
svc_offline_inside() { sh -s; }
svc_is_running() { [ "$(${call} status 2>/dev/null)" = running ]; }
svc_is_up() { svc_is_running; }
svc_prepare() { :; }
svc_cleanup() { :; }
svc_stop() { ${call} stop; }
svc_start() { svc_is_running || ${call} start; }
svc_restart() { ${call} stop && ${call} start; }
svc_collect_check() { ${call} registry garbage-collect --dry-run ${quote(config)}; }
svc_collect_online_check() { svc_collect_check; }
svc_collect_offline() { ${call} registry garbage-collect ${quote(config)}; }
svc_collect_online() { svc_collect_offline; }
svc_collect_kill() { svc_kill_processes; }
`;
}
