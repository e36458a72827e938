import type { StandardSchemaV1 } from "@standard-schema/spec";

/** Which keys a table takes, and what its keys and items hold. An empty tree says nothing, and so takes anything. */
export interface KeyTree {
  /** Of a table with named keys: all it takes, unless there is `rest`. */
  readonly keys?: ReadonlyMap<string, KeyTree>;
  /** What the keys that are not named hold. */
  readonly rest?: KeyTree;
  /** What the items of a list hold. */
  readonly items?: KeyTree;
}

const anything: KeyTree = {};
type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

/**
 * The keys a schema knows: from its JSON Schema where it can give it (Standard JSON Schema), else from the public properties by
 * which valibot's schemas describe themselves. Another schema says nothing.
 */
export function knownKeys(schema: StandardSchemaV1): KeyTree {
  const { jsonSchema } = schema["~standard"] as { jsonSchema?: { input(options: { target: string }): Node } };
  if (!jsonSchema) return fromValibot(schema);
  try {
    const root = jsonSchema.input({ target: "draft-2020-12" });
    return fromJsonSchema(root, root);
  } catch {
    return anything; // By the specification: not every schema can be converted.
  }
}

function fromJsonSchema(node: unknown, root: Node, depth = 0): KeyTree {
  if (!isNode(node) || depth > 32) return anything;
  if (typeof node["$ref"] === "string") return fromJsonSchema(follow(node["$ref"], root), root, depth + 1);
  const below = (each: unknown): KeyTree => fromJsonSchema(each, root, depth + 1);
  const alternatives = [node["anyOf"], node["oneOf"], node["allOf"]].flatMap((each) =>
    Array.isArray(each) ? each : [],
  );
  const { properties, additionalProperties, items } = node;
  return merge([
    {
      ...(isNode(properties) && { keys: mapValues(properties, below) }),
      ...((isNode(additionalProperties) || additionalProperties === true) && {
        rest: below(additionalProperties),
      }),
      ...(isNode(items) && { items: below(items) }),
    },
    ...alternatives.map(below),
  ]);
}

/** Follows a reference such as `#/$defs/name`. */
const follow = (ref: string, root: Node): unknown =>
  ref
    .split("/")
    .slice(1)
    .reduce<unknown>((node, key) => (isNode(node) ? node[key] : undefined), root);

// An object has `entries` (and `rest`), a record `value`, a list `item`, a wrapper such as optional() `wrapped`, a union `options`.
function fromValibot(node: unknown): KeyTree {
  if (!isNode(node)) return anything;
  const { type, entries, rest, value, item, wrapped, options } = node;
  if (isNode(wrapped)) return fromValibot(wrapped);
  if (isNode(entries)) {
    const open = type === "loose_object" ? anything : isNode(rest) ? fromValibot(rest) : undefined;
    return { keys: mapValues(entries, fromValibot), ...(open && { rest: open }) };
  }
  if (type === "record") return { keys: new Map(), rest: fromValibot(value) };
  if (type === "array") return { items: fromValibot(item) };
  return Array.isArray(options) ? merge(options.map(fromValibot)) : anything;
}

/** What any of the trees takes. */
function merge(trees: readonly KeyTree[]): KeyTree {
  const some = trees.filter((tree) => tree.keys ?? tree.rest ?? tree.items);
  const lists = some.flatMap(({ items }) => items ?? []);
  const rests = some.flatMap(({ rest }) => rest ?? []);
  const names = new Set(some.flatMap(({ keys }) => [...(keys?.keys() ?? [])]));
  const keys = new Map(
    [...names].map((name) => [name, merge(some.flatMap((tree) => tree.keys?.get(name) ?? []))]),
  );
  return {
    ...(some.some((tree) => tree.keys) && { keys }),
    ...(rests.length > 0 && { rest: merge(rests) }),
    ...(lists.length > 0 && { items: merge(lists) }),
  };
}

const mapValues = (node: Node, to: (value: unknown) => KeyTree): Map<string, KeyTree> =>
  new Map(Object.entries(node).map(([key, value]) => [key, to(value)]));

/** Yields the path of each key in `value` that `tree` does not know, with the keys known in its place. */
export function* unknownKeys(
  tree: KeyTree,
  value: unknown,
  path: readonly PropertyKey[] = [],
): Generator<{ readonly path: readonly PropertyKey[]; readonly known: readonly string[] }> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      yield* unknownKeys(tree.items ?? anything, item, [...path, index]);
  } else if (isNode(value) && (tree.keys ?? tree.rest)) {
    for (const [key, held] of Object.entries(value)) {
      const below = tree.keys?.get(key) ?? tree.rest;
      if (below) yield* unknownKeys(below, held, [...path, key]);
      else yield { path: [...path, key], known: [...(tree.keys?.keys() ?? [])] };
    }
  }
}
