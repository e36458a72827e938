/** A key and its value. */
export type Entry = readonly [key: string, value: string];

/** What records are read from: the database as it was at one moment. */
export interface Reader {
  /** The value of a key, or undefined. */
  get(key: string): Promise<string | undefined>;
  /** The entries whose keys have the prefix (see `prefixOf`), in byte order of the keys. */
  range(prefix: string): AsyncIterable<Entry>;
}

/** Whether there is an entry with the prefix. */
export async function hasAny(reader: Reader, prefix: string): Promise<boolean> {
  for await (const _ of reader.range(prefix)) return true;
  return false;
}
