/**
 * How a filter sees an object: the value of a field by its path, or undefined when the object has none. `""` is present
 * and empty; containerd's objects count their empty strings as absent, and `fieldAdaptor` does.
 */
export type Adaptor = (fieldpath: readonly string[]) => string | undefined;

/** The fields of an object: a string, or a map whose keys the rest of a path names. Empty strings are absent. */
export type Fields = Readonly<Record<string, string | Readonly<Record<string, string>> | undefined>>;

/**
 * An adaptor over named fields: `{ id, image, runtime: { name }, labels }`. In a map the rest of the path is one key,
 * joined by dots, so that `labels.io.x` finds the label `io.x`; after a string the rest is not looked at (as in
 * containerd's adaptors).
 */
export function fieldAdaptor(fields: Fields): Adaptor {
  return ([first = "", ...rest]) => {
    const field = Object.hasOwn(fields, first) ? fields[first] : undefined;
    if (field === undefined || typeof field === "string") return field || undefined;
    const key = rest.join(".");
    return Object.hasOwn(field, key) ? field[key] || undefined : undefined;
  };
}
