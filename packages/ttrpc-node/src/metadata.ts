/** Metadata of a request as a handler sees it: lower-case keys, each with its values in the order they were sent. */
export type Metadata = ReadonlyMap<string, readonly string[]>;

/** Metadata as a caller gives it: an object or pairs. A key with several values is sent once for each. */
export type MetadataInit =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [string, string | readonly string[]]>;

/** The key-value pairs to send, keys in lower case. */
export function metadataPairs(init: MetadataInit = {}): [string, string][] {
  const entries =
    Symbol.iterator in init
      ? [...(init as Iterable<readonly [string, string | string[]]>)]
      : Object.entries(init);
  return entries.flatMap(([key, values]) =>
    [values].flat().map((value): [string, string] => [key.toLowerCase(), value]),
  );
}

/** Gathers received pairs by key. */
export function metadataOf(pairs: readonly (readonly [string, string])[]): Metadata {
  const metadata = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const values = metadata.get(key);
    if (values) values.push(value);
    else metadata.set(key, [value]);
  }
  return metadata;
}
