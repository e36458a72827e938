/** The candidate that `word` was probably meant to be; undefined when none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(2, Math.floor(word.length / 3));
  let best: string | undefined;
  let least = Math.min(limit, word.length - 1) + 1;
  for (const candidate of candidates) {
    const d = distance(plain(word), plain(candidate));
    if (d < least) [best, least] = [candidate, d];
  }
  return best;
}

/** `rootPath`, `root-path` and `root_path` are the same mistake. */
const plain = (key: string): string => key.replace(/[-_]/g, "").toLowerCase();

/** The number of letters to insert, delete or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
