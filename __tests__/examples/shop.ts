/** The registry of the examples, and what a test says of it. */
import { pushImage, type ImageOptions, type Pushed, type Target } from '../../sandbox/push.ts';
import { startSandboxRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import type { Step } from '../dist/step.ts';

export const secrets = { REGISTRY_USERNAME: 'pruner', REGISTRY_PASSWORD: 'kept+secret/of the tests' };

/** Wants the account of the examples' secrets. */
export function startRegistry(account: Partial<typeof secrets> = {}): Promise<SandboxRegistry> {
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password } = { ...secrets, ...account };
  return startSandboxRegistry({ auth: { kind: 'basic', username, password } });
}

/** An image of its own behind each tag. */
export async function pushTags(
  target: Target,
  repository: string,
  tags: readonly string[],
  options: Omit<ImageOptions, 'repository' | 'tags'> = {},
): Promise<readonly Pushed[]> {
  const pushed: Pushed[] = [];
  for (const tag of tags) pushed.push(await pushImage(target, { ...options, repository, tags: [tag] }));
  return pushed;
}

/** `build-1` to `build-12`. */
export function numbered(prefix: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${prefix}${from + index}`);
}

export function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

/** Sorted, as are all lists here that are compared. */
export function tagsOf(registry: SandboxRegistry, repository: string): readonly string[] {
  return [...registry.store.tags(repository).keys()].sort();
}

/** What the step says that it deleted. */
export function deletedBy(step: Step): readonly string[] {
  return (JSON.parse(step.outputs.get('deleted-tags') ?? '[]') as readonly string[]).toSorted();
}

/** A step that did all that it was to do, and told no secret. */
export const success = { code: 0, errors: [], leaks: [] };
