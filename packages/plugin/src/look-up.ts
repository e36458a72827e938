import { PluginError, isSkipPlugin } from "./errors.ts";
import { LiveMap } from "./live-map.ts";
import type { PluginRecord } from "./record.ts";
import type { Requirement } from "./requirement.ts";

/** The plugins among which to look, by URI. */
export type Records = ReadonlyMap<string, PluginRecord>;

/**
 * What a requirement gives, by the rules and with the texts of containerd's look-ups.
 * @throws PluginError `plugin: not found` or `plugin: multiple instances`; or the error with which the required plugin failed.
 */
export function lookUp({ kind, type, id }: Requirement<unknown>, records: Records): unknown {
  if (kind === "all") return new LiveMap(records, type);
  const ofType = new Map(
    [...records.values()].filter((each) => each.type === type).map((each) => [each.id, each]),
  );
  const wanted = id === undefined ? theOnly(type, [...ofType.values()]) : ofType.get(id);
  if (wanted?.inService) return wanted.instance;
  if (kind === "optional" && (!wanted || wanted.state === "skipped")) return undefined;
  if (wanted) throw unusable(wanted);
  throw new PluginError(
    "not found",
    `no plugins registered for ${id === undefined ? type : `${type}.${id}`}`,
  );
}

/** The only plugin of a type; skipped ones do not count, and a failed one is the answer. */
function theOnly(type: string, list: readonly PluginRecord[]): PluginRecord | undefined {
  const [first, second] = list
    .filter(({ state }) => state !== "skipped")
    .toSorted((a, b) => Number(a.inService) - Number(b.inService));
  if (first?.inService && second)
    throw new PluginError("multiple", `multiple plugins registered for ${type}`);
  return first;
}

/** Why a plugin that exists gives nothing: its own error, so that who requires a skipped one by id is skipped with its reason. */
function unusable({ uri, state, error }: PluginRecord): unknown {
  if (isSkipPlugin(error) || state === "failed") return error;
  return new Error(`${uri} is ${state}`);
}
