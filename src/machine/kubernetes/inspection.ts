/** What is asked inside the registry's pod, and what of it leaves the host. */
import { quote } from '../quote.ts';
import { settingsReduction } from '../settings-reduction.ts';

/**
 * In a container: the processes that were started with `serve`, their arguments, and what their program says of its version.
 * `@same`: its REGISTRY_ environment is the container's own, which a collector gets too.
 */
const processScript = String.raw`
registry_environment() { cat "$1" | tr '\n\000' ' \n' | grep '^REGISTRY_' | LC_ALL=C sort; }
found=
for process in /proc/[0-9]*; do
  tr '\000' '\n' <"$process/cmdline" 2>/dev/null | sed 1d | grep -qx serve || continue
  program=$(tr '\000' '\n' <"$process/cmdline" | sed -n 1p)
  version=$("$program" --version 2>&1 </dev/null) || continue
  found=1
  printf '@program %s\n' "$program"
  printf '@version %s\n' "$version" | sed -n 1p
  tr '\000' '\n' <"$process/cmdline" | sed '1d; s/^/@argument /'
  [ "$(registry_environment "$process/environ")" != "$(registry_environment /proc/self/environ)" ] || printf '@same\n'
done
if [ -z "$found" ] && version=$(registry --version 2>&1 </dev/null); then
  printf '@program registry\n'
  printf '@version %s\n' "$version" | sed -n 1p
fi
:
`;

export type Process = {
  readonly program: string;
  readonly version: string;
  readonly args: readonly string[];
  readonly sameEnvironment: boolean;
};

/** Runs a script in a container of a pod; its output and status are that script's. */
export function inContainer(namespace: string, pod: string, container: string, script: string): string {
  const exec = ['kubectl', `--namespace=${namespace}`, 'exec', '-i', pod, `--container=${container}`, '--', 'sh', '-s'];
  return `printf '%s\\n' ${quote(script)} | ${exec.map(quote).join(' ')}\n`;
}

export function processesScript(namespace: string, pod: string, container: string): string {
  return inContainer(namespace, pod, container, processScript);
}

export function parseProcesses(printed: string): readonly Process[] {
  return printed
    .split(/^@program /m)
    .slice(1)
    .map((block) => {
      const [program = '', ...lines] = block.split('\n');
      const after = (mark: string) => lines.flatMap((line) => (line.startsWith(mark) ? [line.slice(mark.length)] : []));
      return {
        program: program.trim(),
        version: after('@version ').at(0)?.trim() ?? '',
        args: after('@argument '),
        sameEnvironment: lines.includes('@same'),
      };
    });
}

// Its own environment is read by cat: a shell that opens the file and then becomes another program reads nothing.
// Where a variable's value has several lines, they become one, as sorting is by lines.
const environmentScript = String.raw`cat /proc/self/environ | tr '\n\000' ' \n' | grep '^REGISTRY_' | LC_ALL=C sort; printf '@end\n'`;

/** Prints the environment, reduced on the host. Status 3: the container couldn't be asked. */
export function environmentOf(namespace: string, pod: string, container: string): string {
  return reduced(inContainer(namespace, pod, container, environmentScript).trim(), 'environment');
}

/** Prints the configuration, reduced on the host. Status 3: it can't be read there. */
export function configurationAt(namespace: string, pod: string, container: string, path: string): string {
  return reduced(inContainer(namespace, pod, container, `cat ${quote(path)}`).trim(), 'file');
}

function reduced(command: string, mode: 'file' | 'environment'): string {
  return `rp_k_text=$(${command}) || exit 3\nprintf '%s\\n' "$rp_k_text" | LC_ALL=C awk -v mode=${mode} ${quote(settingsReduction)}\n`;
}
