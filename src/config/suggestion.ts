/** Which known name somebody may have meant. */

/** The nearest of the names, if it is near enough to be meant: it begins so, or a third of its letters differ at most. */
export function nearest<Name extends string>(text: string, names: readonly Name[]): Name | undefined {
  const near = names
    .map((name) => ({ name, distance: editDistance(text, name) }))
    .filter(({ name, distance }) => name.startsWith(text) || distance <= Math.ceil(name.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return near[0]?.name;
}

/** Letters to insert, delete or replace until one text is the other (Levenshtein), row by row of the usual table. */
export function editDistance(from: string, to: string): number {
  const letters = Array.from(to);
  let row = letters.map((_, index) => index + 1);
  let distance = letters.length;
  for (const [index, letter] of Array.from(from).entries()) {
    let diagonal = index;
    let left = index + 1;
    row = row.map((above, column) => {
      left = Math.min(left + 1, above + 1, diagonal + (letter === letters[column] ? 0 : 1));
      diagonal = above;
      return left;
    });
    distance = left;
  }
  return distance;
}
