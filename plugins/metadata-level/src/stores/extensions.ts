import { mapKeyOf } from "@davit/labels";
import type { Any } from "@davit/typeurl";

type Extensions = Readonly<Record<string, Any>>;

/** The extensions after an update of the path `extensions` or `extensions.<key>`; one without a value becomes empty. */
export function updateExtensions(current: Extensions, incoming: Extensions, path: string): Extensions {
  const key = mapKeyOf(path, "extensions");
  if (key === undefined) return incoming;
  const value = Object.hasOwn(incoming, key) ? incoming[key] : undefined;
  const entries = Object.entries(current).filter(([name]) => name !== key);
  return Object.fromEntries([...entries, [key, value ?? { typeUrl: "", value: new Uint8Array() }]]);
}
