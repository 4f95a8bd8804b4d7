import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseService, showService } from '../../src/config/index.ts';
import type { Service } from '../../src/config/index.ts';

const deployment = (name: string): Service => ({
  kind: 'kubectl',
  namespace: 'registry',
  workload: { kind: 'deployment', name },
});

describe('a service, and what is shown of it', () => {
  const cases: readonly (readonly [text: string, service: Service, shown?: string])[] = [
    ['docker:registry', { kind: 'docker', name: 'registry' }],
    ['docker:0a1b2c3d4e5f', { kind: 'docker', name: '0a1b2c3d4e5f' }],
    ['docker:my_registry.v2-1', { kind: 'docker', name: 'my_registry.v2-1' }],
    ['podman:registry', { kind: 'podman', name: 'registry' }],
    [
      'compose:/srv/registry/compose.yaml#registry',
      { kind: 'compose', file: '/srv/registry/compose.yaml', service: 'registry' },
    ],
    ['compose:/srv/a #1/c.yml#my_registry', { kind: 'compose', file: '/srv/a #1/c.yml', service: 'my_registry' }],
    ['systemd:docker-registry', { kind: 'systemd', unit: 'docker-registry' }],
    ['systemd:registry@5000.service', { kind: 'systemd', unit: 'registry@5000.service' }],
    ['systemd:dev-disk\\x2dby.service', { kind: 'systemd', unit: 'dev-disk\\x2dby.service' }],
    ['kubectl:registry/docker-registry', deployment('docker-registry')],
    ['kubectl:registry/deployment/web.v1', deployment('web.v1'), 'kubectl:registry/web.v1'],
    [
      'kubectl:registry/statefulset/hub',
      { kind: 'kubectl', namespace: 'registry', workload: { kind: 'statefulset', name: 'hub' } },
    ],
    ['command:/usr/local/bin/my registry', { kind: 'command', program: '/usr/local/bin/my registry' }],
  ];
  test.each(cases)('%s', (text, service, shown = text) => {
    expect(parseService(text)).toEqual({ ok: true, value: service });
    expect(showService(service)).toBe(shown);
    expect(parseService(shown)).toEqual({ ok: true, value: service });
  });
});

describe('what is none', () => {
  test.each([
    ['registry', `"registry" doesn't say what runs it. Write docker:registry.`],
    ['', '"" begins with none of docker:, podman:, compose:, systemd:, kubectl:, command:.'],
    ['dokcer:registry', 'Did you mean docker:?'],
    ['k8s://registry', 'begins with none of'],
    ['Docker:registry', 'Did you mean docker:?'],
    ['docker:', '"" is no container\'s name'],
    ['docker:-v', '"-v" is no container\'s name'],
    ['docker:x; rm -rf /', '"x; rm -rf /" is no container\'s name'],
    ['docker:$(reboot)', "is no container's name"],
    ['docker:a\nb', '"a b" is no container\'s name'],
    ['docker:/registry', "is no container's name"],
    [`podman:${'a'.repeat(256)}`, "is no container's name"],
    ['podman:a b', 'Write podman:registry.'],
    ['compose:registry', '"registry" names no service'],
    ['compose:#registry', 'The compose file "" is not an absolute path'],
    ['compose:./compose.yaml#registry', 'The compose file "./compose.yaml" is not an absolute path'],
    ['compose:/srv/#registry', 'The compose file "/srv/" is a directory'],
    ['compose:/srv/a\u0007.yaml#registry', 'holds a control character'],
    [`compose:/${'a'.repeat(5000)}#registry`, 'is too long'],
    ['compose:/srv/compose.yaml#', '"" is no service\'s name'],
    ['compose:/srv/compose.yaml#-d', '"-d" is no service\'s name'],
    ['compose:/srv/compose.yaml#a b', '"a b" is no service\'s name'],
    ['systemd:', '"" is no unit\'s name'],
    ['systemd:--now', '"--now" is no unit\'s name'],
    ['systemd:a b', "is no unit's name"],
    ['systemd:registry.socket', '"registry.socket" is no service'],
    ['kubectl:registry', 'is no workload'],
    ['kubectl:a/b/c/d', 'is no workload'],
    ['kubectl:registry/daemonset/registry', 'is no workload'],
    ['kubectl:Registry/registry', '"Registry" is no namespace\'s name'],
    ['kubectl:/registry', '"" is no namespace\'s name'],
    ['kubectl:-n/registry', '"-n" is no namespace\'s name'],
    ['kubectl:registry/', '"" is no deployment\'s name'],
    ['kubectl:registry/statefulset/-x', '"-x" is no statefulset\'s name'],
    ['command:registry-ctl', 'The program "registry-ctl" is not an absolute path'],
    ['command:/usr/bin/env sh\n-c reboot', 'holds a control character'],
  ])('%j', (text, what) => {
    expect(parseService(text)).toEqual({ ok: false, what: expect.stringContaining(what) });
  });
});

test('whatever the text: no name begins with a dash or holds a space, a quotation mark or a control character', () => {
  const nasty = fc.string({ unit: fc.constantFrom(...'aB3-_.:/@#\\ $`"\'\n\0;|&()<>*'.split('')), maxLength: 20 });
  const kind = fc.constantFrom('docker', 'podman', 'systemd', 'kubectl', 'compose', 'command');
  fc.assert(
    fc.property(kind, nasty, (name, rest) => {
      const result = parseService(`${name}:${rest}`);
      if (!result.ok) return;
      const service = result.value;
      const names = { ...service, ...('workload' in service ? service.workload : {}) };
      for (const [key, value] of Object.entries(names)) {
        if (typeof value !== 'string') continue;
        expect(value).not.toMatch(/\p{Cc}/u);
        if (key === 'file' || key === 'program') expect(value).toMatch(/^\//);
        else expect(value).toMatch(/^[^-\s"'`$;|&()<>*][^\s"'`$;|&()<>*]*$/);
      }
      expect(parseService(showService(service))).toEqual(result);
    }),
  );
});
