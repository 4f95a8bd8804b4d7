// What every host does with scripts, whichever way they travel.

import { expect, test } from '@jest/globals';
import { MachineError, type Host, type Prepared } from '../../src/machine/index.ts';

export async function errorOf(work: Promise<unknown>): Promise<MachineError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof MachineError) return error;
    throw error;
  }
  throw new Error('There was no error.');
}

/** `host()` opens one that the suite doesn't close. */
export function behavesAsHost(open: () => Promise<Host>): void {
  const onHost = async <T>(work: (host: Host) => Promise<T>): Promise<T> => {
    const host = await open();
    try {
      return await work(host);
    } finally {
      await host.close();
    }
  };

  test('tells status, output and errors of a script apart', () =>
    onHost(async (host) => {
      expect(await host.run('echo out; printf end; echo err >&2; exit 3')).toEqual({
        status: 3,
        stdout: 'out\nend',
        stderr: 'err\n',
      });
      expect(await host.run('')).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(await host.run('set -e; echo a; echo; false; echo b')).toEqual({ status: 1, stdout: 'a\n\n', stderr: '' });
    }));

  test('knows a script that ends with 255 from a connection that does', () =>
    onHost(async (host) => {
      expect(await host.run('exit 255')).toEqual({ status: 255, stdout: '', stderr: '' });
      expect((await host.run('sh -c "kill -9 \\$\\$"')).status).toBe(137);
    }));

  test('gives the lines out as they come, and every letter whole', () =>
    onHost(async (host) => {
      const seen: string[] = [];
      // Each byte of the letters by itself: a chunk ends in the middle of a character.
      const slow = 'for byte in 303 244 342 202 254 360 237 230 200; do printf "\\\\$byte"; sleep 0.02; done';
      const ran = await host.run(`echo first; echo; ${slow}; printf '\\nlast'`, { onLine: (line) => seen.push(line) });
      expect(seen).toEqual(['first', '', 'ä€😀', 'last']);
      expect(ran).toEqual({ status: 0, stdout: '', stderr: '' });
    }));

  test('shows a line before the script has ended', () =>
    onHost(async (host) => {
      let sawLine: (() => void) | undefined;
      const seen = new Promise<void>((resolve) => {
        sawLine = resolve;
      });
      const prepared = await host.prepare();
      const running = prepared.run('echo begun; exec sleep 20', { onLine: () => sawLine?.() });
      await seen;
      prepared.close();
      expect((await errorOf(running)).kind).toBe('cut');
    }));

  test('runs nothing of a script that is broken anywhere, and says what the shell said', () =>
    onHost(async (host) => {
      const ran = await host.run('echo begun\nif true; then\necho never');
      expect(ran.stdout).toBe('');
      expect(ran.status).toBeGreaterThan(0);
      expect(ran.stderr.toLowerCase()).toContain('syntax error');
    }));

  test("gives a script's commands nothing to read, so that none eats the rest of it", () =>
    onHost(async (host) => {
      expect((await host.run('cat; read line; echo "status $?"; cat\necho end')).stdout).toBe('status 1\nend\n');
    }));

  test('takes a script of megabytes, with text that the script itself reads', () =>
    onHost(async (host) => {
      const lines = Array.from(
        { length: 40_000 },
        (_, index) => `apps/${index} sha256:${'0123456789abcdef'.repeat(4)}`,
      );
      const script = `awk 'END { print NR, $1 }' <<'LIST'\n${lines.join('\n')}\nLIST`;
      expect(script.length).toBeGreaterThan(3_000_000);
      expect(await host.run(script)).toEqual({ status: 0, stdout: '40000 apps/39999\n', stderr: '' });
    }));

  test('takes output of megabytes, whole', () =>
    onHost(async (host) => {
      const ran = await host.run('head -c 5000000 /dev/zero | tr "\\0" x; echo; echo end');
      expect(ran.stdout.length).toBe(5_000_005);
      expect(ran.stdout.endsWith('x\nend\n')).toBe(true);
    }));

  test('keeps the end of standard error, where it is much', () =>
    onHost(async (host) => {
      const ran = await host.run(
        'for i in 1 2 3 4 5 6 7 8 9; do head -c 60000 /dev/zero | tr "\\0" $i; echo; done >&2; echo why >&2',
      );
      expect(ran.stderr.length).toBeLessThanOrEqual(65_536);
      expect(ran.stderr.endsWith('99\nwhy\n')).toBe(true);
    }));

  test('does not wait for what a script leaves running with its output', () =>
    onHost(async (host) => {
      const ran = await host.run('sleep 50 & echo $!');
      expect(ran.status).toBe(0);
      // Still there: the script's end was not its own.
      expect((await host.run(`kill -0 ${Number(ran.stdout)}`)).status).toBe(0);
      await host.run(`kill ${Number(ran.stdout)}`);
    }));

  test('ends a script that takes too long with an error', () =>
    onHost(async (host) => {
      const error = await errorOf(host.run('exec sleep 20', { timeoutMs: 2_000 }));
      expect(error.kind).toBe('timeout');
      expect(error.message).toContain(host.name);
    }));

  test('passes on what a reader of lines throws', () =>
    onHost(async (host) => {
      const refuse = (): void => {
        throw new RangeError('not this line');
      };
      await expect(host.run('echo a; exec sleep 20', { onLine: refuse })).rejects.toThrow('not this line');
    }));

  test('takes no NUL in a script', () =>
    onHost(async (host) => {
      await expect(host.run('echo a\0b')).rejects.toThrow(TypeError);
    }));

  test('runs scripts side by side', () =>
    onHost(async (host) => {
      const all = await Promise.all([1, 2, 3].map((number) => host.run(`sleep 0.1; echo ${number}`)));
      expect(all.map((ran) => ran.stdout)).toEqual(['1\n', '2\n', '3\n']);
    }));

  test('has a connection open before its script is there, for one script', () =>
    onHost(async (host) => {
      const prepared = await host.prepare();
      expect(await prepared.run('echo "$((6 * 7))"; exit 4')).toEqual({ status: 4, stdout: '42\n', stderr: '' });
      await expect(prepared.run('echo again')).rejects.toThrow(TypeError);
      prepared.close();
    }));

  test('speaks English and sorts by bytes, and finds the programs of the system', () =>
    onHost(async (host) => {
      expect((await host.run('printf "b\\nB\\na\\n" | sort')).stdout).toBe('B\na\nb\n');
      const [locale, ...path] = (await host.run('printf %s "$LC_ALL:$PATH"')).stdout.split(':');
      expect(locale).toBe('C');
      expect(path).toEqual(expect.arrayContaining(['/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']));
    }));

  test('is over once it is closed, with all that was under way', async () => {
    const host = await open();
    const waiting: Prepared = await host.prepare();
    const { promise: begun, resolve } = Promise.withResolvers<string>();
    const running = errorOf(host.run('echo begun; exec sleep 20', { onLine: resolve }));
    expect(await begun).toBe('begun');
    const [error] = await Promise.all([running, host.close()]);
    expect(error.kind).toBe('cut');
    await expect(host.run('true')).rejects.toThrow(MachineError);
    await expect(host.prepare()).rejects.toThrow(MachineError);
    await expect(waiting.run('true')).rejects.toThrow(MachineError);
    await host.close();
  });
}
