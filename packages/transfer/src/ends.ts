import type { Platform } from "@davit/platforms";

/** Where a transfer begins or ends. `kind` tells which; what a transferrer does not know it does not support. */
export type TransferEnd = RegistryEnd | ImageStoreEnd;

/** An image in a registry (containerd.types.transfer.OCIRegistry). */
export interface RegistryEnd {
  readonly kind: "oci-registry";
  /** `host/repository[:tag][@digest]`, as containerd writes references. */
  readonly reference: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The directory of `hosts.toml` files; several are joined by `:`, the first that fits wins. */
  readonly hostDir?: string | undefined;
  /** For hosts whose configuration names no server: `http` is "plain HTTP". */
  readonly defaultScheme?: "http" | "https" | undefined;
  readonly credentials?: AskCredentials | undefined;
}

/** How to prove to a registry who is asking: a password, an identity token, or a whole value of Authorization. */
export type RegistryCredentials =
  | { readonly username: string; readonly secret: string }
  | { readonly refreshToken: string }
  | { readonly header: string };

/** A registry wants to know who is asking. */
export interface CredentialsRequest {
  /** `name[:port]`; Docker's is `registry-1.docker.io`. */
  readonly host: string;
  /** The reference of the transfer. */
  readonly reference: string;
  /** The values of the registry's WWW-Authenticate. */
  readonly challenges: readonly string[];
}

/** Finds credentials; undefined is anonymous. */
export type AskCredentials = (
  request: CredentialsRequest,
) => Promise<RegistryCredentials | undefined> | RegistryCredentials | undefined;

/** The image store of the namespace (containerd.types.transfer.ImageStore): which names to give or find, and what goes with them. */
export interface ImageStoreEnd {
  readonly kind: "image-store";
  /** "" for none. */
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** The manifests of an index that are wanted, the preferred first; all when there is none. */
  readonly platforms?: readonly Platform[] | undefined;
  /** Fetch the manifests and configurations of other platforms, too. */
  readonly allMetadata?: boolean | undefined;
  /** The most manifests of an index; 0 is any number. */
  readonly manifestLimit?: number | undefined;
  readonly extraReferences?: readonly ExtraReference[] | undefined;
  /** Where layers are unpacked to; nowhere when there is none. */
  readonly unpacks?: readonly UnpackRequest[] | undefined;
}

/** A further name for what is stored. */
export interface ExtraReference {
  readonly name: string;
  /** The name is the beginning of one: of those found in an archive, or with `addDigest` of `<name>@<digest>`. */
  readonly isPrefix?: boolean | undefined;
  readonly allowOverwrite?: boolean | undefined;
  readonly addDigest?: boolean | undefined;
  /** No `<name>@<digest>` where another name was found. */
  readonly skipNamedDigest?: boolean | undefined;
}

/** A wish to have the image of a platform unpacked. */
export interface UnpackRequest {
  /** Absent is that of this machine. */
  readonly platform?: Platform | undefined;
  /** Id of the snapshotter; absent or "" is the default one. */
  readonly snapshotter?: string | undefined;
}
