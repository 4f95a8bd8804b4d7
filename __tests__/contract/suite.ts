/**
 * The contract: what this project takes for granted of a registry. One suite, run against the sandbox and against
 * every real registry, so that the sandbox can't drift from the truth. It asks over plain fetch; nothing of the client
 * in src/ takes part.
 */
import { afterAll, beforeAll, describe, jest } from '@jest/globals';
import { expectedOf, type Expected } from './expected.ts';
import type { Deletes, SandboxProfile } from '../../sandbox/registry.ts';
import type { Subject } from './ask.ts';
import { deletingTests } from './deleting.ts';
import { listingTests } from './listing.ts';
import { pushingTests } from './pushing.ts';
import { readingTests } from './reading.ts';
import { refusingTests } from './refusing.ts';

// A real registry on a busy machine takes its time to start and to answer.
jest.setTimeout(60_000);

export type Started = Subject & { readonly profile?: SandboxProfile; readonly close: () => Promise<void> };

export type ContractOptions = {
  readonly profile: SandboxProfile;
  /** The ways of refusing deletions that it can be started with. */
  readonly refusals: readonly Exclude<Deletes, 'enabled'>[];
  /** Where this registry is known to differ from its profile. */
  readonly differs?: Partial<Expected>;
  readonly start: (options: { readonly deletes: Deletes }) => Promise<Started>;
};

/** What the tests share: asked for within a test, when the registry runs. */
export type Context = { readonly subject: () => Subject; readonly expected: Expected };

export function contractSuite(name: string, options: ContractOptions): void {
  const expected = { ...expectedOf[options.profile], ...options.differs };
  describe(`contract of ${name}`, () => {
    const context = { subject: running(options, 'enabled'), expected };
    pushingTests(context);
    readingTests(context);
    listingTests(context);
    deletingTests(context);
  });
  for (const deletes of options.refusals) {
    describe(`contract of ${name}, deletes ${deletes}`, () => {
      refusingTests({ subject: running(options, deletes), expected }, deletes);
    });
  }
}

function running(options: ContractOptions, deletes: Deletes): () => Subject {
  let started: Started | undefined;
  beforeAll(async () => {
    started = await options.start({ deletes });
  });
  afterAll(async () => {
    await started?.close();
  });
  return () => {
    if (started === undefined) throw new Error('The registry was not started.');
    return started;
  };
}
