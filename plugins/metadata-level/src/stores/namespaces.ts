import {
  AlreadyExistsError,
  FailedPreconditionError,
  InvalidArgumentError,
  NotFoundError,
  quote,
  UnknownError,
} from "@davit/errdefs";
import { validateIdentifier } from "@davit/identifiers";
import { copyLabels, mapKeyOf, updateLabels, validateLabels, type Labels } from "@davit/labels";
import type { Namespace, NamespaceCallOptions, NamespaceStore } from "@davit/namespaces";
import { keyOf, lastPart, partsAfter, prefixOf } from "../db/keys.ts";
import type { Transaction } from "../db/overlay.ts";
import { hasAny, type Reader } from "../db/reader.ts";
import { markDirty } from "../records/dirty.ts";
import type { StoreContext } from "./context.ts";
import { sentLabels } from "./sent-labels.ts";

/** What goes with a namespace. The counters of snapshot keys stay: the keys are in use in the backend until collected. */
const tables = [
  ["image", "blob", "container", "snapshot", "ingest", "lease", "held", "sandbox"],
  ["ref", "bref", "root", "expire", "flat", "cond", "used", "child"],
].flat();

/** The namespaces themselves (containerd core/metadata namespaces.go). */
export class LevelNamespaces implements NamespaceStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async create({ name, labels }: Namespace, options: NamespaceCallOptions = {}): Promise<void> {
    validateIdentifier(name);
    validateLabels(labels, "namespace.Labels");
    await this.#context.updates.update(async (tx) => {
      const key = keyOf("namespace", name);
      if ((await tx.get(key)) !== undefined) throw new AlreadyExistsError(`namespace ${quote(name)}`);
      if (Object.hasOwn(labels, "")) throw new UnknownError("key required");
      tx.put(key, JSON.stringify(copyLabels(labels)));
    }, options.signal);
  }

  labels(name: string, _options?: NamespaceCallOptions): Promise<Labels> {
    return labelsOf(this.#context.database, name);
  }

  async list(options: NamespaceCallOptions = {}): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const [key] of this.#context.database.range(prefixOf("namespace"))) {
      options.signal?.throwIfAborted();
      names.push(lastPart(key));
    }
    return names;
  }

  async update(
    { name, labels }: Namespace,
    fieldpaths: readonly string[] = [],
    options: NamespaceCallOptions = {},
  ): Promise<void> {
    validateIdentifier(name);
    const unknown = fieldpaths.find((path) => mapKeyOf(path, "labels") === undefined);
    if (unknown !== undefined)
      throw new InvalidArgumentError(`cannot update ${quote(unknown)} field`, { bare: true });
    const sent = sentLabels(labels, fieldpaths);
    validateLabels(sent, "namespace.Labels");
    if (Object.hasOwn(sent, "") && sent[""] !== "") throw new UnknownError("key required");
    await this.#context.updates.update(async (tx) => {
      const isKnown = (await tx.get(keyOf("namespace", name))) !== undefined;
      // It is the labels that make a namespace.
      if (!isKnown && Object.keys(sent).length === 0) return;
      const updated = updateLabels(await labelsOf(tx, name), labels, fieldpaths);
      tx.put(keyOf("namespace", name), JSON.stringify(updated));
    }, options.signal);
  }

  async delete(name: string, options: NamespaceCallOptions = {}): Promise<void> {
    await this.#context.updates.update(async (tx) => {
      const rest = await remains(tx, name);
      if (rest.length > 0)
        throw new FailedPreconditionError(
          `namespace ${quote(name)} must be empty, but it still has ${rest.join(", ")}`,
        );
      const key = keyOf("namespace", name);
      if ((await tx.get(key)) === undefined) throw new NotFoundError(`namespace ${quote(name)}`);
      tx.delete(key);
      for (const table of tables) for await (const [left] of tx.range(prefixOf(table, name))) tx.delete(left);
      markDirty(tx, "content");
      tx.noteDeletion();
    }, options.signal);
  }
}

/** Labels of a namespace; of one that does not exist, none. */
export async function labelsOf(reader: Reader, name: string): Promise<Labels> {
  return JSON.parse((await reader.get(keyOf("namespace", name))) ?? "{}") as Labels;
}

/** What keeps a namespace from being deleted, in the words and the order of containerd. */
async function remains(tx: Transaction, name: string): Promise<string[]> {
  const kinds = [
    ["image", "images"],
    ["blob", "blobs"],
    ["container", "containers"],
  ] as const;
  const rest: string[] = [];
  for (const [table, text] of kinds) if (await hasAny(tx, prefixOf(table, name))) rest.push(text);
  const prefix = prefixOf("snapshot", name);
  const snapshotters = new Set<string>();
  for await (const [key] of tx.range(prefix)) snapshotters.add(partsAfter(key, prefix)[0] ?? "");
  for (const snapshotter of snapshotters) rest.push(`snapshots on ${quote(snapshotter)} snapshotter`);
  return rest;
}
