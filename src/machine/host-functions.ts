/** Shell functions of registries that are a process of the host itself, for what they have in common. */
import { quote } from './quote.ts';

/**
 * `svc_kill_processes`: ends every collector of this configuration that runs on the host. One of another configuration is
 * another registry's. Status 0 where none is left that may be seen.
 */
export const killProcesses = (configPath: string): string => String.raw`
svc_find_processes() {
  for svc_p in /proc/[0-9]*; do
    tr '\0' '\n' 2>/dev/null <"$svc_p/cmdline" | awk -v pid="${'$'}{svc_p#/proc/}" '
      NR == 2 && $0 == "garbage-collect" { is = 1 }
      NR > 2 && $0 == ENVIRON["svc_config"] { of = 1 }
      END { if (is && of) print pid }'
  done 2>/dev/null
}
svc_kill_processes() {
  svc_config=${quote(configPath)}
  export svc_config
  svc_tries=0
  while svc_left=$(svc_find_processes) && [ -n "$svc_left" ]; do
    [ "$svc_tries" -lt 10 ] || return 1
    kill -9 $svc_left 2>/dev/null
    svc_tries=$((svc_tries + 1))
    sleep 1
  done
}
`;
