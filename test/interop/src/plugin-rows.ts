import assert from "node:assert/strict";
import type { Ctr } from "./ctr.ts";
import type { Generation } from "./generation.ts";

/** What `ctr plugins ls` says of one plugin, by its URI. */
export type PluginRows = ReadonlyMap<string, string>;

/** Ids of Davit's own, and the id that containerd has in that place. */
const OTHER_IDS: Readonly<Record<string, string>> = {
  "io.containerd.metadata.v1.level": "io.containerd.metadata.v1.bolt",
  "io.containerd.mount-manager.v1.level": "io.containerd.mount-manager.v1.bolt",
};
const uriOf = (type: string, id: string): string => OTHER_IDS[`${type}.${id}`] ?? `${type}.${id}`;

/** What Davit does not do yet, and so does not announce. */
const NOT_YET: Readonly<Record<string, RegExp>> = {
  // Snapshots with id-mapped mounts.
  "io.containerd.snapshotter.v1.overlayfs": /\b(?:only-)?remap-ids,/g,
};

/**
 * Compares the plugins that both daemons have: platforms and status, and with `-d` also requirements, exports and capabilities.
 * containerd 2 has every plugin of davitd. From 1 to 2 requirements, exports and capabilities changed, and some types.
 */
export async function comparePlugins(theirs: Ctr, ours: Ctr, { isTwo }: Generation): Promise<void> {
  const [their, our] = await Promise.all([theirs.out("plugins", "ls"), ours.out("plugins", "ls")]);
  assert.equal(header(our), header(their));
  const [theirRows, ourRows] = [tableRows(their), tableRows(our)];
  const both = [...ourRows.keys()].filter((uri) => theirRows.has(uri));
  assert.deepEqual(pick(ourRows, both), pick(theirRows, both));
  assert.ok(both.length > (isTwo ? 25 : 20), `only ${both.length} plugins in common: ${both.join(", ")}`);
  if (isTwo) assert.deepEqual(both, [...ourRows.keys()], "containerd lacks some of davitd's plugins");
  const [theirBlocks, ourBlocks] = (
    await Promise.all([theirs, ours].map((ctr) => ctr.out("plugins", "ls", "-d")))
  ).map(detailBlocks);
  if (theirBlocks === undefined || ourBlocks === undefined) return;
  assert.deepEqual([...ourBlocks.keys()].toSorted(), [...ourRows.keys()].toSorted());
  const loaded = new Set([...ourRows.keys()].map((uri) => uri.slice(0, uri.lastIndexOf("."))));
  const comparable = (blocks: PluginRows, ctr: Ctr): PluginRows =>
    new Map(
      [...pick(blocks, both)].map(
        ([uri, block]) =>
          [uri, details(block.replaceAll(NOT_YET[uri] ?? /$^/g, ""), { ctr, loaded, isTwo })] as const,
      ),
    );
  assert.deepEqual(comparable(ourBlocks, ours), comparable(theirBlocks, theirs));
}

const pick = (rows: PluginRows, uris: readonly string[]): Map<string, string> =>
  new Map(uris.toSorted().map((uri) => [uri, rows.get(uri) ?? ""]));

/** Column widths depend on all rows; names and order do not. */
const header = (table: string): string => (table.split("\n")[0] ?? "").replaceAll(/ +/g, " ");

/** The rows of `plugins ls`: PLATFORMS and STATUS. */
export function tableRows(table: string): PluginRows {
  const rows = table
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/ {2,}/));
  return new Map(rows.map(([type = "", id = "", ...rest]) => [uriOf(type, id), rest.join(" ")]));
}

/** The blocks of `plugins ls -d`. */
export function detailBlocks(text: string): PluginRows {
  const blocks = text.split(/^ *\n(?=Type:)/m).filter((block) => block.includes("Type:"));
  return new Map(
    blocks.map((block) => {
      const field = (name: string) => new RegExp(`^${name}: +(\\S+)`, "m").exec(block)?.[1] ?? "";
      return [uriOf(field("Type"), field("ID")), block];
    }),
  );
}

/** What of a block has to be the same. */
function details(
  block: string,
  { ctr, loaded, isTwo }: { ctr: Ctr; loaded: ReadonlySet<string>; isTwo: boolean },
): string {
  const lines = block
    .replaceAll(ctr.options.directory, "<directory>")
    .replaceAll(/metadata\.v1\.level/g, "metadata.v1.bolt")
    .split("\n")
    .map((line) => line.trim().replaceAll(/\s+/g, " "))
    .filter((line) => line !== "");
  if (!isTwo) return lines.filter((line) => /^(Type|Platforms):/.test(line)).join("\n");
  return (
    lines
      .filter((line) => !line.startsWith("ID:"))
      // A type that davitd has no plugin of cannot be required by one.
      .filter((line) => !/^io\.containerd\.[\w.-]+\.v\d$/.test(line) || loaded.has(line))
      // Exports come in any order.
      .toSorted()
      .join("\n")
  );
}
