/** When an image was made: from its annotations, its config, its history, its labels, in this order (behaviour: Rules). */
import { z } from 'zod';
import { parseInstant, type Created, type DateSource, type Instant } from '../model/index.ts';

/** A date as some place states it, not yet believed. */
export type Said = { readonly text: string; readonly source: DateSource };

const createdKey = 'org.opencontainers.image.created';

/**
 * The first year that a container image can be from is 2013. Builders that want reproducible bytes write 1970 (Jib, ko,
 * Nix, Bazel), 1980 (buildpacks) or year 1 (Go's zero time); all of them lie before this.
 */
const earliestBelievable = '2000-01-01T00:00:00.000Z' as Instant;

export function createdSaid(
  annotations: Readonly<Record<string, string>>,
  source: 'annotation' | 'label',
): Said | undefined {
  const text = annotations[createdKey];
  return text === undefined || text === '' ? undefined : { text, source };
}

const configSchema = z.object({
  created: z.string().nullish(),
  history: z.array(z.object({ created: z.string().nullish() })).nullish(),
  config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }).nullish(),
});

export type ParsedConfig = { readonly said: Said | undefined; readonly source: string | undefined };

/** What an image's config says; `undefined` where it is no config. */
export function parseConfig(bytes: Uint8Array): ParsedConfig | undefined {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  const parsed = configSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { created, history, config } = parsed.data;
  const labels = config?.Labels ?? {};
  const source = labels['org.opencontainers.image.source'];
  const stated: Said | undefined = created ? { text: created, source: 'config' } : undefined;
  // Dozens of entries, which few images need.
  const inHistory = (): Said | undefined => newest((history ?? []).map((entry) => entry.created));
  return { said: stated ?? inHistory() ?? createdSaid(labels, 'label'), source };
}

const v1Schema = z.object({ created: z.string().nullish() });

/** Docker schema 1 keeps a config per layer, as text in its history. */
export function createdInLegacyHistory(history: readonly string[]): Said | undefined {
  return newest(
    history.map((text) => {
      try {
        const parsed = v1Schema.safeParse(JSON.parse(text));
        return parsed.success ? parsed.data.created : undefined;
      } catch {
        return undefined;
      }
    }),
  );
}

/** The newest of several dates; one that can't be read counts as newest, so that it can't make an image look old. */
function newest(texts: readonly (string | null | undefined)[]): Said | undefined {
  const stated = texts.filter((text): text is string => text != null && text !== '');
  if (stated.length === 0) return undefined;
  const unreadable = stated.find((text) => parseInstant(text) === undefined);
  if (unreadable !== undefined) return { text: unreadable, source: 'history' };
  const text = stated.reduce((a, b) => ((parseInstant(a) ?? '') > (parseInstant(b) ?? '') ? a : b));
  return { text, source: 'history' };
}

/**
 * Whether what was said can be believed. The first place that says anything decides: a base image's history must not
 * make up for a config that says 1970, or an image built today would look as old as its base.
 */
export function believe(said: Said | undefined, now: Instant): Created {
  if (said === undefined) return { kind: 'unknown', why: 'absent' };
  const at = parseInstant(said.text);
  if (at === undefined) return { kind: 'unknown', why: 'unreadable' };
  if (at < earliestBelievable) return { kind: 'unknown', why: 'before-2000' };
  if (at > now) return { kind: 'unknown', why: 'in-the-future' };
  return { kind: 'known', at, source: said.source };
}

/**
 * An index is as new as its newest child. One child of unknown date leaves the index undated: it may be the newest.
 * `children` are the platforms that the registry holds, attestations left out.
 */
export function createdOfChildren(children: readonly Created[]): Created {
  const undated = children.find((child) => child.kind === 'unknown');
  if (undated !== undefined) return undated;
  const instants = children.flatMap((child) => (child.kind === 'known' ? [child.at] : []));
  if (instants.length === 0) return { kind: 'unknown', why: 'absent' };
  return { kind: 'known', at: instants.reduce((a, b) => (a > b ? a : b)), source: 'children' };
}
