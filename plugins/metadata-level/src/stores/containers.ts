import type { Container, ContainerStore, NewContainer } from "@davit/containers";
import { AlreadyExistsError, InvalidArgumentError, NotFoundError, quote } from "@davit/errdefs";
import { fieldAdaptor, type Adaptor } from "@davit/filters";
import { validateIdentifier } from "@davit/identifiers";
import { copyLabels, mapKeyOf, updateLabels, validateLabels } from "@davit/labels";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import { now } from "@davit/time";
import { containerTable } from "../records/container.ts";
import { deleteRecord, getRecord, listRecords, putRecord } from "../records/table.ts";
import { parseListFilters, type StoreContext } from "./context.ts";
import { updateExtensions } from "./extensions.ts";
import { requireLabelKeys, sentLabels } from "./sent-labels.ts";

/** What an update without a mask replaces. */
const MUTABLE = ["labels", "spec", "extensions", "image", "snapshotkey"];

/** Containers of each namespace (containerd core/metadata containers.go). Their events are the service's. */
export class LevelContainers implements ContainerStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async get(id: string, options: CallOptions): Promise<Container> {
    const namespace = requireNamespace(options);
    const container = await getRecord(this.#context.database, containerTable, [namespace], id);
    if (container !== undefined) return container;
    throw new NotFoundError(`container ${quote(id)} in namespace ${quote(namespace)}`);
  }

  async *list(
    options: CallOptions & { readonly filters?: readonly string[] | undefined },
  ): AsyncGenerator<Container> {
    const namespace = requireNamespace(options);
    const matches = parseListFilters(options.filters);
    for await (const container of listRecords(this.#context.database, containerTable, [namespace])) {
      options.signal?.throwIfAborted();
      if (matches(adaptorOf(container))) yield container;
    }
  }

  async create(container: NewContainer, options: CallOptions): Promise<Container> {
    const namespace = requireNamespace(options);
    validateContainer(container, "create container failed validation");
    const { id } = container;
    const createdAt = now();
    const labels = copyLabels(container.labels);
    const created = { ...container, labels, createdAt, updatedAt: createdAt };
    await this.#context.updates.update(async (tx) => {
      if ((await getRecord(tx, containerTable, [namespace], id)) !== undefined)
        throw new AlreadyExistsError(`container ${quote(id)}`);
      requireLabelKeys(container.labels, `failed to write container ${quote(id)}`);
      await putRecord(tx, containerTable, [namespace], id, created);
    }, options.signal);
    return created;
  }

  async update(
    container: NewContainer,
    options: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Container> {
    const { id } = container;
    if (id === "") throw new InvalidArgumentError("must specify a container id");
    const namespace = requireNamespace(options);
    return await this.#context.updates.update(async (tx) => {
      const current = await getRecord(tx, containerTable, [namespace], id);
      if (current === undefined) throw new NotFoundError(`container ${quote(id)}`);
      const { fieldpaths = [] } = options;
      const updated = { ...applied(current, container, fieldpaths), updatedAt: now() };
      const sent = sentLabels(container.labels, fieldpaths);
      const checked = { ...updated, labels: { ...updated.labels, ...sent } };
      validateContainer(checked, "update failed validation", updatesSpec(fieldpaths));
      requireLabelKeys(sent, `failed to write container ${quote(id)}`);
      await putRecord(tx, containerTable, [namespace], id, kept(current, updated), current);
      return updated;
    }, options.signal);
  }

  async delete(id: string, options: CallOptions): Promise<void> {
    const namespace = requireNamespace(options);
    await this.#context.updates.update(async (tx) => {
      const current = await getRecord(tx, containerTable, [namespace], id);
      if (current === undefined) throw new NotFoundError(`container ${id}`);
      deleteRecord(tx, containerTable, [namespace], id, current);
    }, options.signal);
  }
}

/**
 * What is stored of an update, which is not all that is answered: in containerd extensions that vanished from the map stay,
 * and so does a spec that the update lacks (reference 01 §5.1).
 */
const kept = (current: Container, updated: Container): Container => ({
  ...updated,
  spec: updated.spec ?? current.spec,
  extensions: { ...current.extensions, ...updated.extensions },
});

function applied(current: Container, container: NewContainer, fieldpaths: readonly string[]): Container {
  if (fieldpaths.length > 0) return fieldpaths.reduce((to, path) => withField(to, container, path), current);
  if (current.snapshotter !== container.snapshotter)
    throw new InvalidArgumentError("container.Snapshotter field is immutable");
  if (current.runtime.name !== container.runtime.name)
    throw new InvalidArgumentError("container.Runtime.Name field is immutable");
  return MUTABLE.reduce((to, path) => withField(to, container, path), current);
}

function withField(to: Container, from: NewContainer, path: string): Container {
  if (path === "labels" || mapKeyOf(path, "labels") !== undefined)
    return { ...to, labels: updateLabels(to.labels, from.labels, [path]) };
  if (path === "extensions" || mapKeyOf(path, "extensions") !== undefined)
    return { ...to, extensions: updateExtensions(to.extensions, from.extensions, path) };
  switch (path) {
    case "spec":
      return { ...to, spec: from.spec };
    case "image":
      return { ...to, image: from.image };
    case "snapshotkey":
      return { ...to, snapshotKey: from.snapshotKey };
    default:
      throw new InvalidArgumentError(`cannot update ${quote(path)} field on ${quote(from.id)}`);
  }
}

/** A spec may be absent where a client sends one, but not where an update finds none (reference 01 §5.1 of the first). */
const updatesSpec = (fieldpaths: readonly string[]): boolean =>
  fieldpaths.length === 0 || fieldpaths.includes("spec");

function validateContainer(container: NewContainer, where: string, maySpecBeAbsent = true): void {
  try {
    validate(container, maySpecBeAbsent);
  } catch (cause) {
    throw new Error(where, { cause });
  }
}

function validate(container: NewContainer, maySpecBeAbsent: boolean): void {
  const { id, extensions, labels, runtime, spec, snapshotKey, snapshotter } = container;
  try {
    validateIdentifier(id);
  } catch (cause) {
    throw new Error("container.ID", { cause });
  }
  if (Object.hasOwn(extensions, ""))
    throw new InvalidArgumentError("container.Extension keys must not be zero-length");
  validateLabels(labels, "containers.Labels");
  if (runtime.name === "") throw new InvalidArgumentError("container.Runtime.Name must be set");
  if (spec === undefined && !maySpecBeAbsent) throw new InvalidArgumentError("container.Spec must be set");
  if (snapshotKey !== "" && snapshotter === "")
    throw new InvalidArgumentError("container.Snapshotter must be set if container.SnapshotKey is set");
}

const adaptorOf = ({ id, runtime, image, labels }: Container): Adaptor => {
  const fields = fieldAdaptor({ id, image, labels, runtime: { name: runtime.name } });
  return ([first = "", ...rest]) =>
    // Beneath `runtime` only the first name counts, as in containerd.
    fields(first === "runtime" ? [first, ...rest.slice(0, 1)] : [first, ...rest]);
};
