/** The shell functions of a registry that is a service of systemd (`FoundService.functions`). */
import { killProcesses } from './host-functions.ts';
import { quote } from './quote.ts';

export type UnitFunctions = {
  readonly unit: string;
  readonly program: string;
  readonly configPath: string;
};

// Behind the registry's own unit and its drop-ins: all that makes its environment, user and sight stays, and it runs a
// collector, once. A directory of the run would be removed with it, from under the registry.
const changes = `
[Unit]
Description=Garbage collection of a registry
StopWhenUnneeded=no
[Service]
Type=oneshot
RemainAfterExit=no
Restart=no
ExecCondition=
ExecStartPre=
ExecStart=
ExecStartPost=
ExecReload=
ExecStop=
ExecStopPost=
PIDFile=
BusName=
NotifyAccess=none
WatchdogSec=0
TimeoutStartSec=infinity
RuntimeMaxSec=infinity
RuntimeDirectory=
SuccessExitStatus=
StandardInput=null
StandardError=inherit
`;

/**
 * The collector runs as a unit of its own that is made of the registry's: same user, same variables, same sight. The unit
 * lies in /run, which is memory, and a reboot forgets it. Its output comes by a named pipe there, so that the journal isn't
 * filled with it.
 */
export function unitFunctions({ unit, program, configPath }: UnitFunctions): string {
  const name = quote(unit);
  const start = (dry: string): string => `${program} garbage-collect ${dry}${configPath}`;
  return `${killProcesses(configPath)}
svc_inside() { sh -s; }
svc_offline_inside() { sh -s; }
svc_is_running() { systemctl is-active --quiet -- ${name}; }
svc_is_up() {
  case $(systemctl show --property=ActiveState -- ${name}) in
    *=active | *=activating | *=reloading) return 0 ;;
    *) return 1 ;;
  esac
}
# NAME COMMAND: writes a unit that runs it as the registry runs.
svc_write_unit() {
  svc_unit=/run/systemd/system/$1.service
  mkdir -p /run/systemd/system || return 1
  rm -f "$svc_unit" "/run/$1.output"
  (umask 077 && mkfifo "/run/$1.output") || return 1
  (umask 077 && {
    systemctl cat -- ${name} &&
      printf '%s' ${quote(changes)} &&
      printf '%s\n' "ExecStart=$2" "StandardOutput=file:/run/$1.output"
  } >"$svc_unit") || return 1
  systemctl daemon-reload
}
# NAME: runs that unit. Its output comes here, its status is the collector's or that of a start that failed.
svc_run_unit() {
  cat "/run/$1.output" &
  svc_reader=$!
  # Held open until the end, so that the reader ends neither before it begins nor after it is over.
  { systemctl start -- "$1.service"; svc_status=$?; } 9>"/run/$1.output"
  wait "$svc_reader"
  [ "$svc_status" -eq 0 ] && return 0
  svc_main=$(systemctl show --property=ExecMainStatus --value -- "$1.service")
  systemctl reset-failed -- "$1.service" 2>/dev/null
  [ "\${svc_main:-0}" -eq 0 ] || return "$svc_main"
  return 1
}
svc_units() {
  systemctl list-units --all --plain --no-legend --full 'registry-prune-*.service' 2>/dev/null | while read -r svc_one _; do
    printf '%s\n' "$svc_one"
  done
}
svc_prepare() {
  svc_cleanup || return 1
  svc_write_unit "registry-prune-$rp_run" ${quote(start(''))}
}
svc_collect_check() {
  svc_write_unit "registry-prune-$rp_run-check" ${quote(start('--dry-run '))} || return 1
  svc_run_unit "registry-prune-$rp_run-check"
}
svc_collect_online_check() { svc_collect_check; }
svc_collect_offline() { svc_run_unit "registry-prune-$rp_run"; }
svc_collect_online() { svc_collect_offline; }
svc_collect_kill() {
  for svc_one in $(svc_units); do
    systemctl kill --signal=KILL -- "$svc_one" 2>/dev/null
    systemctl stop -- "$svc_one" 2>/dev/null
  done
  svc_kill_processes
}
svc_cleanup() {
  svc_had=
  for svc_file in /run/systemd/system/registry-prune-*.service /run/registry-prune-*.output; do
    [ -e "$svc_file" ] || continue
    rm -f "$svc_file" || return 1
    svc_had=1
  done
  [ -z "$svc_had" ] || systemctl daemon-reload
}
svc_stop() { systemctl stop -- ${name}; }
svc_start() {
  systemctl reset-failed -- ${name} 2>/dev/null
  systemctl start -- ${name}
}
svc_restart() { systemctl restart -- ${name}; }
`;
}
