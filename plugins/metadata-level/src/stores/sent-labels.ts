import { quote, UnknownError } from "@davit/errdefs";
import { mapKeyOf, type Labels } from "@davit/labels";

/**
 * The labels that an update takes of those a client has sent, by the paths of its mask; none, or the field itself, takes all. Empty
 * values are among them: they are never stored, but checked.
 */
export function sentLabels(incoming: Labels, paths: readonly string[] = [], field = "labels"): Labels {
  if (paths.length === 0 || paths.includes(field)) return incoming;
  const keys = paths.flatMap((path) => mapKeyOf(path, field) ?? []);
  return Object.fromEntries(
    keys.map((key) => [key, Object.hasOwn(incoming, key) ? (incoming[key] ?? "") : ""]),
  );
}

/**
 * Refuses a label without a key, which could not be named in a mask nor, in containerd's database, be stored.
 * @param where precedes the text, as in `failed to write container "c"`.
 * @throws UnknownError with containerd's text.
 */
export function requireLabelKeys(labels: Labels, where = ""): void {
  const value = Object.hasOwn(labels, "") ? (labels[""] ?? "") : "";
  if (value === "") return;
  const what = `failed to set label ""=${quote(value)}: key required`;
  throw new UnknownError(where === "" ? what : `${where}: ${what}`);
}
