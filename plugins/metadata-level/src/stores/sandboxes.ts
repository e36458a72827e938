import { AlreadyExistsError, InvalidArgumentError, NotFoundError, quote } from "@davit/errdefs";
import { fieldAdaptor } from "@davit/filters";
import { validateIdentifier } from "@davit/identifiers";
import { copyLabels, mapKeyOf, updateLabels } from "@davit/labels";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import type { NewSandbox, Sandbox, SandboxStore } from "@davit/sandbox";
import { now } from "@davit/time";
import type { Reader } from "../db/reader.ts";
import { sandboxTable } from "../records/sandbox.ts";
import { deleteRecord, getRecord, listRecords, putRecord } from "../records/table.ts";
import { parseListFilters, type StoreContext } from "./context.ts";
import { updateExtensions } from "./extensions.ts";

/** What an update without a mask replaces. */
const MUTABLE = ["labels", "extensions", "spec", "runtime"];

/** Sandboxes of each namespace (containerd core/metadata sandbox.go). */
export class LevelSandboxes implements SandboxStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async create(sandbox: NewSandbox, options: CallOptions): Promise<Sandbox> {
    const namespace = requireNamespace(options);
    validateSandbox(sandbox);
    const createdAt = now();
    const created = { ...sandbox, labels: copyLabels(sandbox.labels), createdAt, updatedAt: createdAt };
    const { id } = sandbox;
    await this.#context.updates.update(async (tx) => {
      if ((await getRecord(tx, sandboxTable, [namespace], id)) !== undefined)
        throw new AlreadyExistsError(`write error: sandbox bucket ${quote(id)} already exists`);
      await putRecord(tx, sandboxTable, [namespace], id, created);
    }, options.signal);
    return created;
  }

  async update(
    sandbox: NewSandbox,
    options: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Sandbox> {
    const namespace = requireNamespace(options);
    const { id } = sandbox;
    return await this.#context.updates.update(async (tx) => {
      const current = await required(tx, namespace, id);
      const updated = { ...applied(current, sandbox, options.fieldpaths ?? []), updatedAt: now() };
      await putRecord(tx, sandboxTable, [namespace], id, kept(current, updated), current);
      return updated;
    }, options.signal);
  }

  async get(id: string, options: CallOptions): Promise<Sandbox> {
    return await required(this.#context.database, requireNamespace(options), id);
  }

  async list(
    options: CallOptions & { readonly filters?: readonly string[] | undefined },
  ): Promise<readonly Sandbox[]> {
    const namespace = requireNamespace(options);
    const matches = parseListFilters(options.filters);
    const sandboxes: Sandbox[] = [];
    for await (const sandbox of listRecords(this.#context.database, sandboxTable, [namespace])) {
      options.signal?.throwIfAborted();
      const { id, labels } = sandbox;
      if (matches(fieldAdaptor({ id, labels }))) sandboxes.push(sandbox);
    }
    return sandboxes;
  }

  async delete(id: string, options: CallOptions): Promise<void> {
    const namespace = requireNamespace(options);
    await this.#context.updates.update(async (tx) => {
      const current = await getRecord(tx, sandboxTable, [namespace], id);
      if (current === undefined) throw new NotFoundError(`failed to delete sandbox ${quote(id)}`);
      deleteRecord(tx, sandboxTable, [namespace], id, current);
    }, options.signal);
  }
}

async function required(reader: Reader, namespace: string, id: string): Promise<Sandbox> {
  const sandbox = await getRecord(reader, sandboxTable, [namespace], id);
  if (sandbox === undefined) throw new NotFoundError(`bucket ${quote(id)} not found`);
  return sandbox;
}

function validateSandbox({ id }: NewSandbox): void {
  try {
    validateIdentifier(id);
  } catch (cause) {
    throw new Error("failed to validate sandbox: invalid sandbox ID", { cause });
  }
}

/** As for containers, what the update lacks of a spec, of runtime options and of extensions stays stored. */
const kept = (current: Sandbox, updated: Sandbox): Sandbox => ({
  ...updated,
  spec: updated.spec ?? current.spec,
  runtime: { name: updated.runtime.name, options: updated.runtime.options ?? current.runtime.options },
  extensions: { ...current.extensions, ...updated.extensions },
});

function applied(current: Sandbox, sandbox: NewSandbox, fieldpaths: readonly string[]): Sandbox {
  if (fieldpaths.length > 0) return fieldpaths.reduce((to, path) => withField(to, sandbox, path), current);
  if (current.runtime.name !== sandbox.runtime.name)
    throw new InvalidArgumentError("sandbox.Runtime.Name field is immutable");
  return MUTABLE.reduce((to, path) => withField(to, sandbox, path), current);
}

function withField(to: Sandbox, from: NewSandbox, path: string): Sandbox {
  if (path === "labels" || mapKeyOf(path, "labels") !== undefined)
    return { ...to, labels: updateLabels(to.labels, from.labels, [path]) };
  if (path === "extensions" || mapKeyOf(path, "extensions") !== undefined)
    return { ...to, extensions: updateExtensions(to.extensions, from.extensions, path) };
  if (path === "runtime") return { ...to, runtime: from.runtime };
  if (path === "spec") return { ...to, spec: from.spec };
  const what = `cannot update ${quote(path)} field on sandbox ${quote(from.id)}`;
  throw new InvalidArgumentError(what);
}
