/** What came of collecting garbage, in words: a sentence, a picture, lines for the log, a problem. */
import type { Collection, Problem } from '../model/index.ts';
import type { LogGroup } from './log.ts';
import type { PlannedCollection } from './run-report.ts';
import { pictureColours } from './picture.ts';
import { escapeMarkdown, renderBytes, renderCount, renderDuration, scaleFor } from './words.ts';

/** Lines of each kind in the summary; log and report file have all. */
const linesShown = 50;

/** Bytes that the disk has more of now; `undefined` where it wasn't measured or nothing was collected. */
export function reclaimedBytes(collection: Collection | undefined): number | undefined {
  if (collection?.before === undefined || collection.after === undefined || collection.result !== 'done')
    return undefined;
  // Somebody pushes while an online collection runs, and so there may be more than before.
  return Math.max(0, collection.before - collection.after);
}

/** One or two sentences in plain text, whatever came of it. */
export function renderCollected(collection: Collection): string {
  const { mode, result, version, service } = collection;
  const where = placeOf(collection);
  const how = `${mode}, distribution ${version}`;
  if (result === 'skipped')
    return `Nothing to collect on ${where}: the collector's own dry run found nothing (${how}). The registry went on running, no downtime.`;
  if (result === 'failed') return `Garbage collection of ${where} failed (${how}).`;
  const sizes =
    collection.before === undefined || collection.after === undefined
      ? 'its size is not known'
      : `${renderBytes(collection.before)} before, ${renderBytes(collection.after)} after`;
  const unlinked = collection.unlinked.length;
  const links = unlinked === 0 ? '' : `, after the links of ${renderCount(unlinked, 'untagged manifest')} were removed`;
  return [
    `The storage of ${where}: ${sizes}.`,
    `${renderCount(collection.blobs, 'blob')} and ${renderCount(collection.manifests, 'manifest')} collected${links}`,
    `(${how}); ${renderAway(collection, service)}.`,
  ].join(' ');
}

function placeOf({ service, host }: { readonly service: string; readonly host: string }): string {
  return `${service} on ${host}`;
}

function renderAway({ awaySeconds, mode }: Collection, service: string): string {
  if (awaySeconds !== undefined)
    return `${service} was away for ${awaySeconds < 1 ? 'less than a second' : renderDuration(awaySeconds)}`;
  return mode === 'online' ? `${service} was restarted` : `how long ${service} was away is not known`;
}

/** What a run that isn't a dry run would do on the host. */
export function renderPlanned(planned: PlannedCollection): string {
  const where = placeOf(planned);
  return planned.mode === 'offline'
    ? `Garbage collection would stop ${where}, collect, and start it again.`
    : `Garbage collection would run in ${where}, which must be read-only, and restart it.`;
}

/** Its place among the problems; `undefined` where it didn't fail. */
export function collectionFailure(collection: Collection | undefined): Problem | undefined {
  if (collection?.result !== 'failed') return undefined;
  const { why, log, host } = collection;
  const problem = why ?? {
    at: placeOf(collection),
    what: 'garbage collection failed',
    wayOut: 'Look at the registry on its host.',
  };
  const isSaid = log === undefined || `${problem.what} ${problem.wayOut}`.includes(log);
  return isSaid ? problem : { ...problem, wayOut: `${problem.wayOut} The log is in ${log} on ${host}.` };
}

/** A heading and everything that was touched. */
export function renderCollection(collection: Collection): LogGroup {
  const failure = collectionFailure(collection);
  return {
    title: `Garbage collection: ${renderCollected(collection)}`,
    lines: [
      ...(failure === undefined ? [] : [`FAILED    ${failure.what}; ${failure.wayOut}`]),
      ...collection.unlinked.map(({ repository, digest }) => `unlinked  ${repository}@${digest}`),
      ...collection.spared.map(({ repository, why }) => `spared    ${repository}  ${why}`),
      ...collection.removedRepositories.map((repository) => `removed   ${repository}  no tag and no manifest was left`),
    ],
  };
}

/** The section of the summary: Markdown. */
export function renderDisk(
  collection: Collection | undefined,
  planned: PlannedCollection | undefined,
): readonly string[] {
  if (collection === undefined)
    return planned === undefined ? [] : ['### Disk', '', escapeMarkdown(renderPlanned(planned)), ''];
  const { spared, removedRepositories: removed } = collection;
  return [
    '### Disk',
    '',
    escapeMarkdown(renderCollected(collection)),
    '',
    ...renderPie(collection),
    ...renderLines(
      'Untagged manifests of these repositories were left alone:',
      spared.map(({ repository, why }) => `<code>${escapeMarkdown(repository)}</code>: ${escapeMarkdown(why)}`),
    ),
    ...renderLines(
      `${renderCount(removed.length, 'empty repository', 'empty repositories')} left the catalog:`,
      removed.map((repository) => `<code>${escapeMarkdown(repository)}</code>`),
    ),
  ];
}

/** Mermaid's numbers have at most two decimals, and none may be zero. */
function renderPie(collection: Collection): readonly string[] {
  const freed = reclaimedBytes(collection) ?? 0;
  const { before = 0, after = 0 } = collection;
  const { unit, of } = scaleFor(before);
  const value = (bytes: number): string => of(bytes).toFixed(2);
  if (Number(value(freed)) === 0 || Number(value(after)) === 0) return [];
  return [
    '```mermaid',
    `%%{init: ${JSON.stringify({ themeVariables: { pie1: pictureColours.stays, pie2: pictureColours.goes } })}}%%`,
    'pie showData',
    `    title The disk, ${renderBytes(before)} before`,
    `    "kept (${unit})" : ${value(after)}`,
    `    "freed (${unit})" : ${value(freed)}`,
    '```',
    '',
  ];
}

function renderLines(title: string, lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const more = lines.length - linesShown;
  return [
    title,
    '',
    ...lines.slice(0, linesShown).map((line) => `- ${line}`),
    ...(more > 0 ? [`- and ${more} more, in the report file.`] : []),
    '',
  ];
}
