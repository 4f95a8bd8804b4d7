/** A registry that is a service of systemd. */
import type { Problem } from '../model/index.ts';
import { answerOf, type Answer } from './answer.ts';
import { askHostText } from './ask.ts';
import { isRefusal, parseVersion, readSettings, type Refusal, type Settings } from './distribution.ts';
import type { MachineError } from './errors.ts';
import { serviceError, type FoundService } from './found-service.ts';
import type { Host } from './host.ts';
import { quote } from './quote.ts';
import { settingsReduction } from './settings-reduction.ts';
import { unitFunctions } from './systemd-functions.ts';
import { shown as cleaned } from './text.ts';

export type UnitAsked = {
  readonly unit: string;
  readonly shown: string;
  readonly registryConfig?: string | undefined;
};

/** Asks systemd and the unit's main process. Throws MachineError of kind `service` where it is no registry that runs. */
export async function findUnit(host: Host, asked: UnitAsked): Promise<FoundService> {
  const where = `${asked.shown} on ${host.name}`;
  const answer = answerOf(await askHostText(host, lookScript(asked), where));
  return readUnit(answer, { ...asked, host: host.name });
}

const properties = [
  'Id',
  'LoadState',
  'ActiveState',
  'MainPID',
  'DynamicUser',
  'RootDirectory',
  'RootImage',
  'TriggeredBy',
  'UnitFileState',
];

// What the unit's main process is, and with which configuration. Of its arguments only a path leaves the host.
const findProcess = String.raw`
rp_p=/proc/$rp_pid
tr '\0' '\n' <"$rp_p/cmdline" | {
  IFS= read -r rp_0; IFS= read -r rp_1; IFS= read -r rp_2
  printf '%s\n' "called ${'$'}{rp_0##*/}"
  [ "$rp_1" = serve ] || exit 0
  # What the unit calls, where that is a path: seen from another mount namespace, a link of /proc may say another one.
  case $rp_0 in
    /*) printf '%s\n' "program $rp_0" ;;
    *) printf '%s\n' "program $(readlink "$rp_p/exe" || command -v "$rp_0")" ;;
  esac
  case $rp_2 in
    /*) printf '%s\n' "config $rp_2" ;;
    -* | '') ;;
    *) printf '%s\n' "config $(readlink "$rp_p/cwd")/$rp_2" ;;
  esac
} 2>/dev/null
`;

/** Asks for what a container is asked for, too; of configuration and environment no more leaves the host. */
export function lookScript({ unit, registryConfig }: UnitAsked): string {
  const name = quote(unit);
  const reduce = (mode: string): string => `awk -v mode=${mode} ${quote(settingsReduction)}`;
  return `
command -v systemctl >/dev/null 2>&1 || { echo fail no-systemd; exit 0; }
rp_shown=$(systemctl show ${properties.map((property) => `--property=${property}`).join(' ')} -- ${name} 2>&1) || {
  echo fail no-answer
  printf '%s\\n' "$rp_shown" | sed 's/^/words /'
  exit 0
}
printf '%s\\n' "$rp_shown" | sed 's/^/property /'
printf '%s\\n' "user $(id -u)"
if systemctl cat -- ${name} 2>/dev/null | sed '/^[#;]/d; s/%%//g' | grep -q '%[nNpPiIjJ]'; then echo specifiers; fi
rp_pid=$(printf '%s\\n' "$rp_shown" | sed -n 's/^MainPID=//p')
[ "\${rp_pid:-0}" -gt 0 ] || exit 0
rp_seen=$(${findProcess})
printf '%s\\n' "$rp_seen"
rp_program=$(printf '%s\\n' "$rp_seen" | sed -n 's/^program //p')
[ -n "$rp_program" ] || exit 0
"$rp_program" --version 2>/dev/null | head -n 1 | sed 's/^/version /'
rp_environ=$(tr '\\0' '\\n' 2>/dev/null <"/proc/$rp_pid/environ") || { echo no-environment; exit 0; }
rp_reduced=$(printf '%s\\n' "$rp_environ" | grep '^REGISTRY_' | sort | ${reduce('environment')})
printf '%s\\n' "$rp_reduced" | sed 's/^/environment /'
rp_config=${quote(registryConfig ?? '')}
[ -n "$rp_config" ] || rp_config=$(printf '%s\\n' "$rp_seen" | sed -n 's/^config //p')
[ -n "$rp_config" ] || rp_config=$(printf '%s\\n' "$rp_reduced" | sed -n 's/^s configuration.path //p' | head -n 1)
[ -n "$rp_config" ] || exit 0
printf '%s\\n' "configpath $rp_config"
[ -f "$rp_config" ] && [ -r "$rp_config" ] || exit 0
${reduce('file')} <"$rp_config" | sed 's/^/file /'
echo read
`;
}

type Where = UnitAsked & { readonly host: string };

// What goes into a unit of our own, where blanks, quotes, `%` and `$` have meanings.
const plainPath = /^\/[\w./+@:,-]+$/;

/** Reads the answer (pure). */
export function readUnit(answer: Answer, asked: Where): FoundService {
  const { shown, registryConfig } = asked;
  const where = `${shown} on ${asked.host}`;
  const property = propertiesOf(answer);
  throwIfNoUnit(answer, property, asked);
  const called = answer.get('called')?.[0] ?? '';
  const program = answer.get('program')?.[0] ?? '';
  if (program === '') throw noRegistry(called, where);
  const version = parseVersion(cleaned(answer.get('version')?.[0] ?? ''), where);
  if (isRefusal(version)) throw serviceError(version.what, version.wayOut);
  if (answer.has('no-environment'))
    throw serviceError(
      `The user on ${asked.host} may not see the environment of ${where}`,
      'Log in as root there: the collector has to run as the unit does.',
    );
  const configPath = answer.get('configpath')?.[0] ?? '';
  if (configPath === '' || !answer.has('read'))
    throw serviceError(
      configPath === ''
        ? `Where ${where} has its configuration is said neither by its arguments nor by REGISTRY_CONFIGURATION_PATH`
        : `${where} has no configuration that can be read at ${cleaned(configPath)}`,
      registryConfig === undefined ? "Set registry-config to the file's path." : 'Correct registry-config.',
    );
  const lines = (word: string): string => (answer.get(word) ?? []).join('\n');
  const settings = readSettings({ file: lines('file'), environment: lines('environment') }, configPath);
  if (isRefusal(settings)) throw serviceError(`${settings.what}: ${where}`, settings.wayOut);
  const problem = (refusal: Refusal): Problem => ({ at: where, ...refusal });
  const refusal = [...settingsRefused(settings), ...unitRefused(answer, property, [program, configPath])][0];
  const sockets = property('TriggeredBy');
  const unit = property('Id');
  return {
    shown,
    version,
    configPath,
    storage: settings.storage,
    readOnly: settings.readOnly,
    cache: settings.cache,
    instances: [{ id: unit, name: unit }],
    ...(refusal !== undefined && { refusal: problem(refusal) }),
    ...(sockets !== '' && {
      offlineRefusal: problem({
        what: `${cleaned(sockets)} starts it again as soon as somebody asks`,
        wayOut: 'Stop and disable that for the collection, or use garbage-collect: online.',
      }),
    }),
    notes: property('UnitFileState').startsWith('enabled')
      ? []
      : [`${unit} isn't enabled: a reboot during the collection would leave it stopped.`],
    functions: unitFunctions({ unit, program, configPath }),
  };
}

function propertiesOf(answer: Answer): (name: string) => string {
  const known = new Map(
    (answer.get('property') ?? []).map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
  return (name) => known.get(name) ?? '';
}

function throwIfNoUnit(answer: Answer, property: (name: string) => string, { unit, host }: Where): void {
  const failure = answer.get('fail')?.[0];
  if (failure === 'no-systemd')
    throw serviceError(
      `There is no systemd on ${host}`,
      "Set ssh-host to the registry's host, or say in registry-service what runs the registry: docker:, podman:, compose:, kubectl: or command:.",
    );
  if (failure !== undefined)
    throw serviceError(
      `systemd doesn't answer on ${host}: ${cleaned((answer.get('words') ?? []).join('\n'))}`,
      'Look there: systemctl status.',
    );
  if (property('LoadState') !== 'loaded')
    throw serviceError(
      `There is no unit ${unit} on ${host} (${property('LoadState')})`,
      "Name the registry's unit in registry-service: systemd:UNIT; systemctl list-units --type=service lists them.",
    );
  if (property('ActiveState') !== 'active')
    throw serviceError(
      `The unit ${unit} on ${host} isn't running (${property('ActiveState')})`,
      `Start it: systemctl start ${unit}.`,
    );
}

function noRegistry(called: string, where: string): MachineError {
  const engine = /^(?:docker|podman|conmon|nerdctl)/.exec(called)?.[0];
  return engine === undefined
    ? serviceError(
        `${where} runs no registry: its main process wasn't started as "registry serve"`,
        "Name the registry's unit in registry-service: systemd:UNIT.",
      )
    : serviceError(
        `${where} runs a container (${engine})`,
        'Name the container itself in registry-service: docker:NAME or podman:NAME.',
      );
}

function settingsRefused({ proxy, storage }: Settings): readonly Refusal[] {
  return [
    ...(proxy
      ? [
          {
            what: 'it is a pull-through cache of another registry, which removes what it no longer needs by itself',
            wayOut: 'Collect a registry that images are pushed to.',
          },
        ]
      : []),
    ...(storage.driver === 'inmemory'
      ? [
          {
            what: 'the registry keeps everything in memory (storage: inmemory): a stop or a restart would empty it',
            wayOut: 'Use the filesystem driver, or one of an object store.',
          },
        ]
      : []),
  ];
}

function unitRefused(answer: Answer, property: (name: string) => string, paths: readonly string[]): readonly Refusal[] {
  const own = 'Write a program of your own that stops and starts it, and name it in registry-service: command:PROGRAM.';
  const odd = paths.find((path) => !plainPath.test(path));
  const roots = [property('RootDirectory'), property('RootImage')].filter((root) => root !== '' && root !== '/');
  return [
    ...(answer.get('user')?.[0] === '0'
      ? []
      : [
          {
            what: 'stopping it and collecting as its user needs root there',
            wayOut: 'Log in as root: ssh-host: root@HOST.',
          },
        ]),
    ...(roots.length > 0
      ? [{ what: `it sees another root directory than its host (${cleaned(roots.join(', '))})`, wayOut: own }]
      : []),
    ...(property('DynamicUser') === 'yes'
      ? [{ what: 'its user exists only while it runs (DynamicUser=yes)', wayOut: own }]
      : []),
    ...(answer.has('specifiers')
      ? [
          {
            what: "its unit file says what its name means (%n, %i and the like), which a collector's unit hasn't",
            wayOut: own,
          },
        ]
      : []),
    ...(odd === undefined ? [] : [{ what: `the path ${cleaned(odd)} can't be written in a unit`, wayOut: own }]),
  ];
}
