/** The names that are most like a name which does not exist, the closest first. */
export function closest(name: string, names: readonly string[], count = 3): string[] {
  const ranked = names.map((each) => ({ each, distance: distance(name.toLowerCase(), each.toLowerCase()) }));
  return ranked
    .sort((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ each }) => each);
}

/** Levenshtein's distance: how many characters have to be added, removed or replaced. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(row[j - 1] + 1, previous[j] + 1, previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    previous = row;
  }
  return previous[b.length];
}
