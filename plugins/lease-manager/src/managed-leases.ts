import type { GcScheduler } from "@davit/gc";
import type { Lease, LeaseManager, Resource } from "@davit/leases";
import type { CallOptions } from "@davit/namespaces";

type ListOptions = Parameters<LeaseManager["list"]>[0];

/** The leases of a store, whose synchronous deletion waits for the collection that follows (containerd plugins/leases). */
export class ManagedLeases implements LeaseManager {
  readonly #leases: LeaseManager;
  readonly #gc: GcScheduler | undefined;

  /** Without a scheduler nothing is collected, and there is nothing to wait for. */
  constructor(leases: LeaseManager, gc?: GcScheduler) {
    this.#leases = leases;
    this.#gc = gc;
  }

  create(lease: Parameters<LeaseManager["create"]>[0], options: CallOptions): Promise<Lease> {
    return this.#leases.create(lease, options);
  }

  async delete(id: string, options: CallOptions & { readonly sync?: boolean | undefined }): Promise<void> {
    await this.#leases.delete(id, options);
    if (options.sync === true) await this.#gc?.scheduleAndWait({ signal: options.signal });
  }

  list(options: ListOptions): Promise<readonly Lease[]> {
    return this.#leases.list(options);
  }

  addResource(id: string, resource: Resource, options: CallOptions): Promise<void> {
    return this.#leases.addResource(id, resource, options);
  }

  deleteResource(id: string, resource: Resource, options: CallOptions): Promise<void> {
    return this.#leases.deleteResource(id, resource, options);
  }

  listResources(id: string, options: CallOptions): Promise<readonly Resource[]> {
    return this.#leases.listResources(id, options);
  }
}
