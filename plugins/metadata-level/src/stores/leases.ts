import { randomBytes } from "node:crypto";
import { parseDigest } from "@davit/digest";
import {
  AlreadyExistsError,
  InvalidArgumentError,
  NotFoundError,
  NotImplementedError,
  quote,
  UnknownError,
  wireMessage,
} from "@davit/errdefs";
import { fieldAdaptor } from "@davit/filters";
import { copyLabels, type Labels } from "@davit/labels";
import type { Lease, LeaseManager, Resource } from "@davit/leases";
import { requireNamespace, type CallOptions } from "@davit/namespaces";
import { now } from "@davit/time";
import { keyOf, partsAfter, prefixOf } from "../db/keys.ts";
import type { Reader } from "../db/reader.ts";
import { leaseTable } from "../records/lease.ts";
import { deleteRecord, getRecord, listRecords, putRecord } from "../records/table.ts";
import { parseListFilters, type StoreContext } from "./context.ts";
import { requireLabelKeys } from "./sent-labels.ts";

/** Leases of each namespace (containerd core/metadata leases.go). That `sync` waits for a collection is the manager's. */
export class LevelLeases implements LeaseManager {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  async create(
    lease: { readonly id?: string | undefined; readonly labels?: Labels | undefined },
    options: CallOptions,
  ): Promise<Lease> {
    const namespace = requireNamespace(options);
    const id = lease.id || randomId();
    const created: Lease = { id, labels: copyLabels(lease.labels ?? {}), createdAt: now() };
    await this.#context.updates.update(async (tx) => {
      if ((await getRecord(tx, leaseTable, [namespace], id)) !== undefined)
        throw new AlreadyExistsError(`lease ${quote(id)}`);
      requireLabelKeys(lease.labels ?? {});
      await putRecord(tx, leaseTable, [namespace], id, created);
    }, options.signal);
    return created;
  }

  async delete(id: string, options: CallOptions): Promise<void> {
    const namespace = requireNamespace(options);
    await this.#context.updates.update(async (tx) => {
      const lease = await required(tx, namespace, id);
      deleteRecord(tx, leaseTable, [namespace], id, lease);
      for await (const [key] of tx.range(prefixOf("held", namespace, id))) tx.delete(key);
    }, options.signal);
  }

  async list(
    options: CallOptions & { readonly filters?: readonly string[] | undefined },
  ): Promise<readonly Lease[]> {
    const namespace = requireNamespace(options);
    const matches = parseListFilters(options.filters);
    const leases: Lease[] = [];
    for await (const lease of listRecords(this.#context.database, leaseTable, [namespace])) {
      options.signal?.throwIfAborted();
      const { id, labels } = lease;
      if (matches(fieldAdaptor({ id, labels }))) leases.push(lease);
    }
    return leases;
  }

  async addResource(id: string, resource: Resource, options: CallOptions): Promise<void> {
    const namespace = requireNamespace(options);
    await this.#context.updates.update(async (tx) => {
      await required(tx, namespace, id);
      validateResource(resource);
      if (resource.type === "snapshots/") throw new UnknownError("bucket name required");
      if (resource.id === "") throw new UnknownError("key required");
      tx.put(keyOf("held", namespace, id, resource.type, resource.id), "");
    }, options.signal);
  }

  async deleteResource(id: string, resource: Resource, options: CallOptions): Promise<void> {
    const namespace = requireNamespace(options);
    await this.#context.updates.update(async (tx) => {
      await required(tx, namespace, id);
      validateResource(resource);
      tx.delete(keyOf("held", namespace, id, resource.type, resource.id));
      tx.noteDeletion();
    }, options.signal);
  }

  async listResources(id: string, options: CallOptions): Promise<readonly Resource[]> {
    const namespace = requireNamespace(options);
    return await this.#context.database.read(async (reader) => {
      await required(reader, namespace, id);
      const resources: Resource[] = [];
      const prefix = prefixOf("held", namespace, id);
      for await (const [key] of reader.range(prefix)) {
        const [type = "", name = ""] = partsAfter(key, prefix);
        resources.push({ id: name, type });
      }
      return resources;
    });
  }
}

async function required(reader: Reader, namespace: string, id: string): Promise<Lease> {
  const lease = await getRecord(reader, leaseTable, [namespace], id);
  if (lease === undefined) throw new NotFoundError(`lease ${quote(id)}`);
  return lease;
}

/** `<nanoseconds of the present second>-<3 random bytes in base64url>` */
const randomId = (): string => `${now() % 1_000_000_000n}-${randomBytes(3).toString("base64url")}`;

function validateResource({ id, type }: Resource): void {
  const [kind = "", ...rest] = type.split("/");
  switch (kind) {
    case "content":
    case "ingests":
    case "images":
      if (rest.length > 0) throw new InvalidArgumentError(`invalid resource type ${type}`);
      if (kind === "content") validateContentId(id);
      return;
    case "snapshots":
      if (rest.length !== 1) throw new InvalidArgumentError(`invalid snapshot resource type ${type}`);
      return;
    default:
      throw new NotImplementedError(`resource type ${type} not supported yet`);
  }
}

function validateContentId(id: string): void {
  try {
    parseDigest(id);
  } catch (cause) {
    const text = `invalid content resource id ${id}: ${wireMessage(cause)}: invalid argument`;
    throw new InvalidArgumentError(text, { bare: true, cause });
  }
}
