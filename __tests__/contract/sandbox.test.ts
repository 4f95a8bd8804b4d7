import { startSandboxRegistry, type SandboxProfile } from '../../sandbox/registry.ts';
import { contractSuite } from './suite.ts';

const profiles: readonly SandboxProfile[] = ['distribution-2.8', 'distribution-3.1', 'oci-1.1'];

for (const profile of profiles) {
  contractSuite(`the sandbox as ${profile}`, {
    profile,
    refusals: ['disabled', 'read-only'],
    // It has no cache that would hide the loss.
    ...(profile === 'distribution-2.8' && { differs: { deleteOfLayer: { status: [202], layerIs: 'gone' } } }),
    // Without the sandbox's own rights: it must refuse what a real registry refuses.
    start: async ({ deletes }) => {
      const sandbox = await startSandboxRegistry({ profile, deletes });
      return { url: sandbox.url, close: () => sandbox.close() };
    },
  });
}
