import { PluginError } from "./errors.ts";
import type { Registration } from "./registration.ts";
import type { Requirement } from "./requirement.ts";

/** A plugin in its place, with those that have to be initialised before it. */
export interface GraphNode<R extends Registration> {
  readonly registration: R;
  readonly after: readonly R[];
}

/**
 * Sorts plugins by what they require: depth first, what is required in the order listed, those of one type in the order given
 * (containerd's order). A requirement that nothing meets is ignored here; the look-up at initialisation tells.
 * @throws PluginError when plugins wait for each other, with the way round.
 */
export function sortPlugins<R extends Registration>(list: readonly R[]): GraphNode<R>[] {
  const sorted: GraphNode<R>[] = [];
  const done = new Set<R>();
  const path: R[] = [];
  const visit = (registration: R): void => {
    if (done.has(registration)) return;
    if (path.includes(registration)) throw cycle([...path.slice(path.indexOf(registration)), registration]);
    path.push(registration);
    const after = new Set(registration.requirements.flatMap((edge) => meeting(edge, list, registration)));
    for (const each of after) visit(each);
    path.pop();
    done.add(registration);
    sorted.push({ registration, after: [...after] });
  };
  for (const registration of list) visit(registration);
  return sorted;
}

/** The plugins that meet a requirement of `self`. */
function meeting<R extends Registration>(
  { type, id }: Requirement<unknown>,
  list: readonly R[],
  self: R,
): R[] {
  return list.filter(
    (each) => each !== self && (type === "*" || each.type === type) && (id === undefined || each.id === id),
  );
}

function cycle(path: readonly Registration[]): PluginError {
  const uris = path.map(({ uri }) => uri);
  return new PluginError("cycle", `circular plugin dependency at ${uris[0]} (${uris.join(" → ")})`);
}
