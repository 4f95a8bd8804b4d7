/** The job summary within what GitHub takes (pure). */

/** GitHub refuses a step's summary above 1 MiB as a whole ("Workflow commands", step summary limits). */
export const summaryLimitBytes = 1024 * 1024;

const cutNote = '\n\n> The summary ends here, as GitHub takes no more than 1 MiB. `report-file` has everything.\n';

/** The Markdown, cut after a whole line where it and what the step's summary holds already exceed the limit. */
export function fitSummary(markdown: string, usedBytes: number): string {
  // One byte is for the line break after it.
  const room = summaryLimitBytes - usedBytes - 1;
  const bytes = Buffer.from(markdown, 'utf8');
  if (bytes.length <= room) return markdown;
  const roomForText = room - Buffer.byteLength(cutNote, 'utf8');
  if (roomForText < 0) return '';
  // A line break's byte is part of no other character in UTF-8.
  const end = bytes.lastIndexOf('\n', roomForText);
  return `${bytes.subarray(0, Math.max(end, 0)).toString('utf8')}${cutNote}`;
}
