import type { Descriptor } from "@davit/oci";
import { fetchBlob, type BlobSink, type FetchBlobOptions, type FetchedBlob } from "./fetch/fetch-blob.ts";
import { fetchBytes, type FetchOptions } from "./fetch/fetch-bytes.ts";
import { sharedFetchPool, type FetchPool } from "./fetch-pool.ts";
import { RegistryClient, type RegistryOptions } from "./registry-client.ts";
import { resolve, type Resolved } from "./resolve.ts";

/**
 * Registries, as one user with one configuration sees them (containerd core/remotes/docker). References are containerd's:
 * `docker.io/library/alpine:3`, never `alpine`. Disposing it closes its connections.
 */
export class Registry implements AsyncDisposable {
  readonly #client: RegistryClient;
  readonly #pool: FetchPool;

  constructor(options: RegistryOptions & { readonly pool?: FetchPool | undefined } = {}) {
    this.#client = new RegistryClient(options);
    this.#pool = options.pool ?? sharedFetchPool;
  }

  /**
   * Finds the descriptor of a tag or digest.
   * @throws InvalidArgumentError `object required`; NotFoundError; NotImplementedError for Docker's schema 1;
   *   UnauthenticatedError, PermissionDeniedError, ResourceExhaustedError, UnavailableError as the registry answers.
   */
  resolve(name: string, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Resolved> {
    return resolve(this.#client, name, signal);
  }

  /**
   * Fetches a manifest, an index or a configuration into memory, verified. `name` says where.
   * @throws ResourceExhaustedError when it is too long; DataLossError when it is not what the descriptor says.
   */
  fetch(name: string, descriptor: Descriptor, options: FetchOptions = {}): Promise<Uint8Array> {
    return fetchBytes(this.#client, name, descriptor, options);
  }

  /**
   * Fetches a blob into the file of an ingest on another thread, verified; see `fetchBlob`.
   * @throws FailedPreconditionError that names both digests when the content is another.
   */
  fetchBlob(
    name: string,
    descriptor: Descriptor,
    sink: BlobSink,
    options: FetchBlobOptions = {},
  ): Promise<FetchedBlob> {
    return fetchBlob(this.#client, this.#pool, name, descriptor, sink, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]();
  }
}
