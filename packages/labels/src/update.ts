import { copyLabels, mergeLabels, type Labels } from "./labels.ts";

/**
 * The labels after an update with a field mask, as every store of containerd understands it: no paths, or the path
 * `labels`, replaces all; `labels.<key>` sets that one, and deletes it when `incoming` lacks it or has it empty. Paths
 * of other fields are left to the caller. `field` is `labels` or, in images, `annotations`.
 */
export function updateLabels(
  current: Labels,
  incoming: Labels,
  paths: readonly string[] = [],
  field: string = "labels",
): Record<string, string> {
  if (paths.length === 0) return copyLabels(incoming);
  let updated = copyLabels(current);
  for (const path of paths) {
    const key = mapKeyOf(path, field);
    if (path === field) updated = copyLabels(incoming);
    else if (key !== undefined)
      updated = mergeLabels(updated, Object.fromEntries([[key, valueOf(incoming, key)]]));
  }
  return updated;
}

/** The key in a path such as `labels.<key>` (dots in the key belong to it), or undefined for another path. */
export const mapKeyOf = (path: string, field: string): string | undefined =>
  path.startsWith(`${field}.`) ? path.slice(field.length + 1) : undefined;

/**
 * The first path that is none of `allowed`, where `labels.*` allows a key of labels; undefined when all are allowed.
 * What is said about it differs from store to store.
 */
export function unknownPathOf(paths: readonly string[], allowed: readonly string[]): string | undefined {
  const fits = (path: string, pattern: string): boolean =>
    pattern.endsWith(".*") ? mapKeyOf(path, pattern.slice(0, -2)) !== undefined : path === pattern;
  return paths.find((path) => !allowed.some((pattern) => fits(path, pattern)));
}

const valueOf = (labels: Labels, key: string): string =>
  Object.hasOwn(labels, key) ? (labels[key] ?? "") : "";
