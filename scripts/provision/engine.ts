// A Docker engine of the tests' own, beside whatever engine the machine has: containerd and dockerd with directories and
// sockets of their own below one temporary directory, in a network namespace of their own, for two engines in one take
// each other's bridge and packet filter away (seen with 20.10: the second removes docker0 at its start).
//
// A shell stands over both. It reads commands from a pipe, and its end is the end of the engine: when this process
// ends, in whatever way, the pipe closes, and the shell removes the containers, the daemons, the mounts and the directory.

import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { randomInt } from 'node:crypto';

/**
 * Names the engine that the suites use, as a DOCKER_HOST. Set by the test command, or by a person for an engine of theirs.
 * Behind a blank, the address at which ports that its containers publish are reached; 127.0.0.1 without it.
 */
export const engineVariable = 'REGISTRY_PRUNE_ENGINE';
/** Says why the test command has no engine. */
export const engineRefusalVariable = 'REGISTRY_PRUNE_ENGINE_REFUSAL';

export type PrivateEngine = {
  /** As DOCKER_HOST wants it: `unix:///tmp/…/docker.sock`. */
  readonly host: string;
  /** Where ports that its containers publish are reached from this machine: `198.18.7.2`. */
  readonly address: string;
  readonly version: string;
  /** Ends dockerd as a crash would; containerd and the containers go on. */
  kill9(): Promise<void>;
  /** Starts dockerd after `kill9`, on what it left, and waits until it answers. */
  start(): Promise<void>;
  /** Removes everything that this engine made. */
  close(): Promise<void>;
};

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why no engine can be started here, as far as that is known without trying; undefined where nothing is missing. */
export function whyNoPrivateEngine(): string | undefined {
  if (process.getuid?.() !== 0) return 'starting a Docker engine needs root';
  const missing = ['dockerd', 'containerd', 'docker', 'ip', 'unshare', 'nsenter'].filter((program) => !onPath(program));
  return missing.length > 0 ? `not on this machine: ${missing.join(', ')}` : undefined;
}

// `198.18.0.0/16` is for benchmarks of network devices (RFC 2544): no network that a machine talks to is in it.
const supervisor = `
dir=$1 net=$2
export DOCKER_HOST="unix://$dir/docker.sock"
# What is caught here is back to its default in the daemons, other than what is ignored.
trap : HUP INT TERM
# The shell itself stands in the namespace of the engine; PID 1's is the machine's, and a link leads from one to the other.
ip link set lo up
nsenter --net=/proc/$PPID/ns/net ip link add "rp$net" type veth peer name eth0 netns $$ &&
  nsenter --net=/proc/$PPID/ns/net ip addr add "198.18.$net.1/24" dev "rp$net" &&
  nsenter --net=/proc/$PPID/ns/net ip link set "rp$net" up &&
  ip addr add "198.18.$net.2/24" dev eth0 && ip link set eth0 up && ip route add default via "198.18.$net.1"
start() {
  rm -f "$dir/docker.pid" "$dir/docker.sock"
  dockerd --host "$DOCKER_HOST" --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/docker.pid" \\
    --containerd "$dir/containerd.sock" >>"$dir/log" 2>&1 </dev/null &
  dockerd=$!
  tries=0
  until docker version >/dev/null 2>&1; do
    tries=$((tries + 1))
    { kill -0 $dockerd && [ $tries -lt 300 ]; } 2>/dev/null || return 1
    sleep 0.1
  done
}
ended() { # PID: gives it 20 s
  kill "$1" 2>/dev/null
  tries=0
  while kill -0 "$1" 2>/dev/null && [ $tries -lt 200 ]; do tries=$((tries + 1)); sleep 0.1; done
  kill -9 "$1" 2>/dev/null
  wait "$1" 2>/dev/null
}
clean() {
  kill -0 $dockerd 2>/dev/null || start
  containers=$(docker ps --all --quiet 2>/dev/null)
  [ -z "$containers" ] || timeout 60 docker rm --force --volumes $containers >/dev/null 2>&1
  networks=$(docker network ls --quiet --filter type=custom 2>/dev/null)
  [ -z "$networks" ] || timeout 60 docker network rm $networks >/dev/null 2>&1
  ended $dockerd
  ended $containerd
  # The deepest first. Nothing of the machine's own is below this directory.
  awk -v dir="$dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
    umount "$mount" 2>/dev/null || umount -l "$mount"
  done
  rm -rf "$dir"
}
containerd --config "$dir/containerd.toml" >>"$dir/log" 2>&1 </dev/null &
containerd=$!
if start; then echo "ready $(docker version --format '{{.Server.Version}}')"; else
  grep -E 'level=(error|fatal)|failed to start|^dockerd' "$dir/log" | tail -n 1 | sed 's/^/failed /'
  echo failed
fi
while read -r word; do
  case $word in
    kill9) kill -9 $dockerd; wait $dockerd 2>/dev/null; echo done ;;
    start) if start; then echo done; else echo failed; fi ;;
  esac
done
clean 2>>/dev/null
`;

const containerdConfiguration = (directory: string): string => `version = 2
root = "${directory}/containerd"
state = "${directory}/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${directory}/containerd.sock"
`;

/** A number for a network that this machine has no route to. */
function freeNetwork(): number {
  const routes = readFileSync('/proc/net/route', 'utf8');
  for (;;) {
    const net = randomInt(1, 255);
    // Addresses stand there as little-endian hexadecimal: 198.18.NET.0 is 00 NET 12 C6.
    if (!routes.includes(`00${net.toString(16).toUpperCase().padStart(2, '0')}12C6`)) return net;
  }
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string> {
  if (child.stdout) yield* createInterface({ input: child.stdout });
}

/** Starts one, and waits until it answers. Throws with the daemon's own word where it doesn't start. */
export async function startPrivateEngine(): Promise<PrivateEngine> {
  const why = whyNoPrivateEngine();
  if (why !== undefined) throw new Error(`No Docker engine can be started: ${why}.`);
  const directory = mkdtempSync(join(tmpdir(), 'registry-prune-engine-'));
  const net = freeNetwork();
  writeFileSync(join(directory, 'containerd.toml'), containerdConfiguration(directory));
  // A session of its own: Ctrl-C is for us, and the shell cleans up after us.
  const child = spawn('unshare', ['--net', 'sh', '-c', supervisor, 'sh', directory, String(net)], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const lines = linesOf(child);
  const answer = async (): Promise<string> => {
    const next = await lines.next();
    return next.done === true ? 'failed' : next.value;
  };
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.stdin.end();
    await exit;
  };
  const first = await answer();
  if (!first.startsWith('ready ')) {
    await close();
    throw new Error(`dockerd doesn't start: ${first}`);
  }
  const command = async (word: string): Promise<void> => {
    child.stdin.write(`${word}\n`);
    if ((await answer()) !== 'done') throw new Error(`The engine in ${directory} doesn't ${word}.`);
  };
  return {
    host: `unix://${directory}/docker.sock`,
    address: `198.18.${net}.2`,
    version: first.slice('ready '.length),
    kill9: () => command('kill9'),
    start: () => command('start'),
    close,
  };
}
