// What other versions and networks make ssh say, which the suites against a real sshd can't bring about.

import { describe, expect, test } from '@jest/globals';
import type { MachineErrorKind } from '../../src/machine/index.ts';
import { cutError, sshError, type SshFailure } from '../../src/machine/openssh-errors.ts';

const failure: SshFailure = {
  name: 'ops@registry.example.com',
  target: { user: 'ops', hostname: '10.1.2.3', port: 22, isBehind: false },
  hasKey: true,
  hasKnownHosts: true,
  status: 255,
  stdout: '',
  stderr: '',
};

const said: readonly (readonly [string, MachineErrorKind, string])[] = [
  [
    'ssh: connect to host 10.1.2.3 port 22: Connection timed out\r\n',
    'unreachable',
    "ops@registry.example.com doesn't answer (10.1.2.3, port 22)",
  ],
  [
    'ssh: connect to host 10.1.2.3 port 22: Operation timed out\r\n',
    'unreachable',
    "ops@registry.example.com doesn't answer (10.1.2.3, port 22)",
  ],
  [
    'Connection timed out during banner exchange\r\nConnection to 10.1.2.3 port 22 timed out\r\n',
    'unreachable',
    "ops@registry.example.com doesn't answer (10.1.2.3, port 22)",
  ],
  [
    'ssh: connect to host 10.1.2.3 port 22: No route to host\r\n',
    'unreachable',
    'There is no way from this machine to ops@registry.example.com (10.1.2.3, port 22)',
  ],
  [
    'ssh: connect to host 10.1.2.3 port 22: Network is unreachable\r\n',
    'unreachable',
    'There is no way from this machine to ops@registry.example.com (10.1.2.3, port 22)',
  ],
  [
    'ssh: Could not resolve hostname registry.example.com: nodename nor servname provided, or not known\r\n',
    'unreachable',
    'The host registry.example.com of ops@registry.example.com is not found: no such name',
  ],
  [
    'kex_exchange_identification: read: Connection reset by peer\r\nConnection reset by 10.1.2.3 port 22\r\n',
    'unreachable',
    'ops@registry.example.com hung up before the login: kex_exchange_identification: read: Connection reset by peer Connection reset by 10.1.2.3 port 22',
  ],
  [
    'Unable to negotiate with 10.1.2.3 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss\r\n',
    'unreachable',
    'ssh and the host ops@registry.example.com have no way in common: Unable to negotiate with 10.1.2.3 port 22: no matching host key type found. Their offer: ssh-rsa,ssh-dss',
  ],
  [
    'ops@10.1.2.3: Permission denied (publickey,gssapi-keyex,gssapi-with-mic).\r\n',
    'denied',
    'ops@10.1.2.3 was not let in (it takes publickey, gssapi-keyex, gssapi-with-mic, and not the ssh-key)',
  ],
  [
    'sign_and_send_pubkey: signing failed for RSA "(stdin)" from agent: agent refused operation\r\nops@10.1.2.3: Permission denied (publickey).\r\n',
    'denied',
    'ops@10.1.2.3 was not let in (it takes publickey, and not the ssh-key): sign_and_send_pubkey: signing failed for RSA "(stdin)" from agent: agent refused operation',
  ],
  [
    'Received disconnect from 10.1.2.3 port 22:2: Too many authentication failures\r\nDisconnected from 10.1.2.3 port 22\r\n',
    'denied',
    'ops@registry.example.com was not let in: the host hung up after too many keys that were not the right one',
  ],
  [
    'Received disconnect from 10.1.2.3 port 22:14: No supported authentication methods available\r\n',
    'denied',
    'ops@registry.example.com was not let in: the host takes no way to log in that ssh can go without a terminal',
  ],
  [
    'No user exists for uid 1001\r\n',
    'no-client',
    'ssh refuses to start, because the user that runs the job has no name on this machine',
  ],
  [
    'Bad owner or permissions on /home/ci/.ssh/config\r\n',
    'no-client',
    "ssh doesn't take the SSH configuration of this machine, so there was no login to ops@registry.example.com: Bad owner or permissions on /home/ci/.ssh/config",
  ],
  [
    'exec request failed on channel 0\r\n',
    'unreachable',
    'No POSIX shell answered on ops@registry.example.com: the login ended with status 255, after it said: exec request failed on channel 0',
  ],
  [
    'channel 0: open failed: administratively prohibited: open failed\r\nstdio forwarding failed\r\nkex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n',
    'unreachable',
    "The jump host doesn't get through to ops@registry.example.com: channel 0: open failed: administratively prohibited: open failed stdio forwarding failed kex_exchange_identification: Connection closed by remote host Connection closed by UNKNOWN port 65535",
  ],
  [
    'Certificate invalid: expired\r\nHost key verification failed.\r\n',
    'unknown-host-key',
    'The host key of ops@registry.example.com could not be verified: Certificate invalid: expired Host key verification failed.',
  ],
  [
    'something \u001b[31mnew\u0007\r\n::error::forged\r\n',
    'unreachable',
    'ssh to ops@registry.example.com ended with status 255 before a shell answered: something [31mnew ::error::forged',
  ],
  ['', 'unreachable', 'ssh to ops@registry.example.com ended with status 255 before a shell answered'],
];

describe('what ssh says', () => {
  test.each(said)('%j', (stderr, kind, message) => {
    const error = sshError({ ...failure, stderr });
    expect(error.message).toBe(message);
    expect(error.kind).toBe(kind);
    expect(error.wayOut).toMatch(/^[A-Z][^]*[.)\w]$/);
  });

  test('is told whole, however long it is, by its end', () => {
    const { message } = sshError({ ...failure, stderr: `${'x'.repeat(5_000)} the reason\r\n` });
    expect(message.length).toBeLessThan(500);
    expect(message.endsWith('the reason')).toBe(true);
  });

  test('is not needed where a signal ended it', () => {
    expect(sshError({ ...failure, status: undefined }).message).toBe(
      'ssh to ops@registry.example.com was ended before a shell answered',
    );
  });

  test('of an unknown host key names the line that gets it, for every kind of address', () => {
    const lineFor = (host: string, changes: Partial<SshFailure> = {}): string | undefined =>
      sshError({
        ...failure,
        ...changes,
        stderr: `No ED25519 host key is known for ${host} and you have requested strict checking.\r\nHost key verification failed.\r\n`,
      })
        .wayOut.split('\n')
        .at(-1);
    expect(lineFor('registry.example.com')).toBe('ssh-keyscan -p 22 registry.example.com');
    expect(lineFor('[registry.example.com]:2222')).toBe('ssh-keyscan -p 2222 registry.example.com');
    expect(lineFor('[::1]:2222')).toBe('ssh-keyscan -p 2222 ::1');
    expect(lineFor('fe80::1')).toBe('ssh-keyscan -p 22 fe80::1');
    const target = { ...failure.target, port: 2222, hostKeyAlias: 'alias' };
    expect(lineFor('alias', { target })).toBe('ssh-keyscan -p 2222 10.1.2.3');
  });

  test('in the middle of a script is told from what the script said', () => {
    const error = cutError('ops@host', 'docker: warning\nTimeout, server 10.1.2.3 not responding.\n');
    expect(error.kind).toBe('cut');
    expect(error.message).toBe(
      "The connection to ops@host was cut before the script's end: Timeout, server 10.1.2.3 not responding.",
    );
    expect(cutError('ops@host', 'docker: warning\n').message).toBe(
      "The connection to ops@host was cut before the script's end",
    );
  });
});
