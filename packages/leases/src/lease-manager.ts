import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";

export const LeasePlugin: PluginType<LeaseManager> = pluginType<LeaseManager>("io.containerd.lease.v1");

/** Keeps what it lists from the garbage collector. `createdAt` is nanoseconds since 1970. */
export interface Lease {
  readonly id: string;
  readonly createdAt: bigint;
  readonly labels: Readonly<Record<string, string>>;
}

/** Something a lease keeps: `content`, `ingests`, `images`, `snapshots/<snapshotter>`. */
export interface Resource {
  readonly id: string;
  readonly type: string;
}

/** containerd core/leases; texts of errors in reference 01 §5.7. */
export interface LeaseManager {
  /** Without an id one is made: `<nanoseconds>-<4 base64url characters>`. @throws AlreadyExistsError. */
  create(
    lease: {
      readonly id?: string | undefined;
      readonly labels?: Readonly<Record<string, string>> | undefined;
    },
    options: CallOptions,
  ): Promise<Lease>;
  /** With `sync`, waits for the collection that follows. @throws NotFoundError. */
  delete(id: string, options: CallOptions & { readonly sync?: boolean | undefined }): Promise<void>;
  /** In byte order of the id; filter fields: `id`, `labels.<k>`. */
  list(
    options: CallOptions & { readonly filters?: readonly string[] | undefined },
  ): Promise<readonly Lease[]>;
  /** The resource need not exist. @throws NotFoundError for the lease; InvalidArgumentError; NotImplementedError. */
  addResource(id: string, resource: Resource, options: CallOptions): Promise<void>;
  deleteResource(id: string, resource: Resource, options: CallOptions): Promise<void>;
  /** In order of type: content, images, ingests, snapshots/…. */
  listResources(id: string, options: CallOptions): Promise<readonly Resource[]>;
}

/** After this RFC 3339 time a lease keeps nothing any more. */
export const LEASE_EXPIRE_LABEL = "containerd.io/gc.expire";
