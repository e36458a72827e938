import type { CallOptions } from "@davit/namespaces";
import type { Any } from "@davit/typeurl";

/** A container's record; its processes are a task. Instants are nanoseconds since 1970. */
export interface Container {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  readonly runtime: { readonly name: string; readonly options?: Any | undefined };
  /** Opaque to the daemon: an OCI runtime spec as JSON behind its type URL. */
  readonly spec?: Any | undefined;
  readonly snapshotter: string;
  readonly snapshotKey: string;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
  readonly extensions: Readonly<Record<string, Any>>;
  readonly sandboxId: string;
}

export type NewContainer = Omit<Container, "createdAt" | "updatedAt">;

/** Containers of a namespace (containerd core/containers; texts of errors in reference 01 §5.1). */
export interface ContainerStore {
  /** @throws NotFoundError `container "id" in namespace "ns"`. */
  get(id: string, options: CallOptions): Promise<Container>;
  /** In byte order of the id; filter fields: `id`, `runtime.name`, `image`, `labels.<k>`. */
  list(options: CallOptions & { readonly filters?: readonly string[] | undefined }): AsyncIterable<Container>;
  /** @throws AlreadyExistsError; InvalidArgumentError. */
  create(container: NewContainer, options: CallOptions): Promise<Container>;
  /**
   * `fieldpaths`: `labels`, `labels.<k>`, `spec`, `extensions`, `extensions.<k>`, `image`, `snapshotkey`; none replaces all of
   * these. @throws NotFoundError; InvalidArgumentError.
   */
  update(
    container: NewContainer,
    options: CallOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Container>;
  /** Removes the record alone. @throws NotFoundError. */
  delete(id: string, options: CallOptions): Promise<void>;
}
