import { describeReal } from '../real/suites.ts';
import type { Expected } from './expected.ts';
import { contractSuite } from './suite.ts';

/** Real registries that differ from the profile that they are nearest to. */
const differences: Readonly<Record<string, Partial<Expected>>> = {};

describeReal('the contract', (registry) => {
  const product = registry.name.split(' ', 1)[0] ?? '';
  contractSuite(registry.name, {
    profile: registry.profile,
    refusals: [
      ...(registry.settings.includes('deletes-disabled') ? (['disabled'] as const) : []),
      ...(registry.settings.includes('read-only') ? (['read-only'] as const) : []),
    ],
    differs: differences[product] ?? {},
    start: ({ deletes }) => registry.start({ deletes }),
  });
});
