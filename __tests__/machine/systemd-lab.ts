// A real systemd, as PID 1 of namespaces of its own, over this machine's /usr and a root directory in memory. It sees
// nothing of this machine's services and gets a control group of its own; with this process it ends, and all of it.

import { spawn } from 'node:child_process';
import { accessSync, constants, copyFileSync, mkdirSync, mkdtempSync } from 'node:fs';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Host } from '../../src/machine/index.ts';
import { whatIsHere } from '../real/registries.ts';
import { otherHost } from './other-host.ts';

export type Systemd = {
  readonly host: Host;
  /** A directory of this machine, and where its services see it. */
  readonly shared: { readonly outside: string; readonly inside: string };
  /** The programs of the real registries, as its services see them. */
  readonly programs: Readonly<Partial<Record<'2.8' | '3.1', string>>>;
  /** Runs a script there; throws with its words where it fails. */
  done(script: string): Promise<string>;
  close(): Promise<void>;
};

const init = '/lib/systemd/systemd';

const outer = `
root=$1 group=$2 inner=$3
if [ -d /sys/fs/cgroup/systemd ]; then trees='/sys/fs/cgroup/systemd /sys/fs/cgroup/unified'; else trees=/sys/fs/cgroup; fi
for tree in $trees; do [ ! -d $tree ] || mkdir "$tree/$group"; done
sh -c '
  for tree in $4; do [ ! -d $tree ] || echo $$ >"$tree/$2/cgroup.procs"; done
  exec unshare --mount --pid --fork --uts --ipc --cgroup --kill-child sh -c "$3" sh "$1"
' sh "$root" "$group" "$inner" "$trees" </dev/null >"$root.log" 2>&1 &
child=$!
pid= tries=0
# Before it is systemd, systemctl thinks that it is in a chroot, and says yes to everything.
until [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm")" = systemd ] && nsenter -t "$pid" -m -p -u -i -C chroot "$root" systemctl is-active --quiet nothing.target 2>/dev/null; do
  pid=$(cat "/proc/$child/task/$child/children" 2>/dev/null | tr -d ' ')
  tries=$((tries + 1))
  { [ $tries -lt 150 ] && kill -0 $child; } 2>/dev/null || { pid=; break; }
  sleep 0.1
done
if [ -n "$pid" ]; then echo "ready $pid"; else echo "failed $(tail -n 1 "$root.log")"; fi
cat >/dev/null
[ -z "$pid" ] || kill -9 "$pid"
kill -9 $child 2>/dev/null
wait $child 2>/dev/null
sleep 0.2
for tree in $trees; do [ ! -d "$tree/$group" ] || find "$tree/$group" -depth -type d -exec rmdir {} ';'; done
rm -f "$root.log"
`;

const inner = `set -e
root=$1
mount --make-rprivate /
mount -t tmpfs tmpfs "$root"
cd "$root"
mkdir -p usr etc/systemd/system run tmp var/tmp var/log proc sys dev root srv
mount --rbind /usr usr
mount --bind "$root.shared" srv
for link in bin lib lib64 sbin; do [ ! -e "/$link" ] || ln -s "usr/$link" "$link"; done
cp /etc/passwd /etc/group /etc/ld.so.cache etc/
[ ! -d /etc/alternatives ] || cp -a /etc/alternatives etc/
echo 0123456789abcdef0123456789abcdef >etc/machine-id
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t proc proc proc
mount --rbind /sys sys
mount -t tmpfs tmpfs sys/fs/cgroup
if [ -d /sys/fs/cgroup/systemd ]; then
  mkdir sys/fs/cgroup/systemd
  mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
else mount -t cgroup2 cgroup2 sys/fs/cgroup; fi
mount -t tmpfs tmpfs dev
for node in null zero full random urandom tty; do
  touch "dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
ln -s /proc/self/fd dev/fd
printf '[Unit]\\nDescription=Nothing\\n' >etc/systemd/system/nothing.target
exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" ${init} --unit=nothing.target --log-target=console
`;

/** Why there is none here, as far as that is known without trying. */
function whyNone(): string | undefined {
  if (process.getuid?.() !== 0) return 'starting a systemd needs root';
  try {
    for (const program of [init, '/usr/bin/unshare', '/usr/bin/nsenter']) accessSync(program, constants.X_OK);
    return undefined;
  } catch {
    return "systemd isn't on this machine";
  }
}

/** Starts one, or says why it can't be. */
export async function startSystemd(): Promise<Systemd | string> {
  const why = whyNone();
  if (why !== undefined) return why;
  const directory = mkdtempSync(join(tmpdir(), 'registry-prune-systemd-'));
  const root = join(directory, 'root');
  const outside = `${root}.shared`;
  mkdirSync(root);
  mkdirSync(outside, { mode: 0o755 });
  const programs: Partial<Record<'2.8' | '3.1', string>> = {};
  for (const line of ['2.8', '3.1'] as const) {
    const found = whatIsHere().registries.find(({ name }) => name === `distribution ${line}`);
    if (found?.run.kind !== 'program') continue;
    copyFileSync(found.run.path, join(outside, `registry-${line}`));
    programs[line] = `/srv/registry-${line}`;
  }
  const supervisor = spawn('sh', ['-c', outer, 'sh', root, `registry-prune-test-${process.pid}`, inner], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const close = async (): Promise<void> => {
    if (supervisor.exitCode === null) {
      const exit = once(supervisor, 'exit');
      supervisor.stdin.end();
      await exit;
    }
    await rm(directory, { recursive: true, force: true });
  };
  const [answer = ''] = (await once(createInterface({ input: supervisor.stdout }), 'line')) as string[];
  const [, pid] = /^ready (\d+)$/.exec(answer) ?? [];
  if (pid === undefined) {
    await close();
    return `systemd doesn't start in namespaces here: ${answer}`;
  }
  const enter = ['-t', pid, '-m', '-p', '-u', '-i', '-C', 'chroot', root, 'sh', '-s'] as const;
  const host = otherHost(['nsenter', ...enter], { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' });
  return {
    host,
    shared: { outside, inside: '/srv' },
    programs,
    async done(script) {
      const { status, stdout, stderr } = await host.run(script);
      if (status !== 0) throw new Error(`${script} ended with ${status}: ${stderr}`);
      return stdout;
    },
    close,
  };
}
