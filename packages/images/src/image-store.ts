import type { CallOptions } from "@davit/namespaces";
import type { Descriptor } from "@davit/oci";

/** A name for a descriptor. Instants are nanoseconds since 1970. */
export interface Image {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Digest, media type, size and annotations are kept; the rest of a descriptor is not. */
  readonly target: Descriptor;
  readonly createdAt: bigint;
  readonly updatedAt: bigint;
}

export type NewImage = Pick<Image, "name" | "labels" | "target">;

export interface ImageWriteOptions {
  /** Stands for the present in createdAt and updatedAt. */
  readonly sourceDateEpoch?: bigint | undefined;
}

/** Images of a namespace (containerd core/images). */
export interface ImageStore {
  /** @throws NotFoundError `image "x"`. */
  get(name: string, options: CallOptions): Promise<Image>;
  /** In byte order of the name; filter fields: `name`, `target.digest`, `target.mediatype`, `labels.<k>`, `annotations.<k>`. */
  list(options: CallOptions & { readonly filters?: readonly string[] | undefined }): AsyncIterable<Image>;
  /** @throws AlreadyExistsError; InvalidArgumentError for an empty name, or a target without digest, size or media type. */
  create(image: NewImage, options: CallOptions & ImageWriteOptions): Promise<Image>;
  /**
   * Replaces all but createdAt, or with `fieldpaths` (`labels`, `labels.<k>`, `target`, `annotations`, `annotations.<k>`)
   * just those. @throws NotFoundError; InvalidArgumentError.
   */
  update(
    image: NewImage,
    options: CallOptions & ImageWriteOptions & { readonly fieldpaths?: readonly string[] | undefined },
  ): Promise<Image>;
  /**
   * Removes the name; the content goes with the next collection. With `target` only while it points there.
   * @throws NotFoundError.
   */
  delete(name: string, options: CallOptions & { readonly target?: string | undefined }): Promise<void>;
}
