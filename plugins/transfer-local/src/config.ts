import { array, boolean, integer, number, object, optional, pipe, string, type GenericSchema } from "valibot";

/** The table `[plugins."io.containerd.transfer.v1.local"]`, containerd's keys. */
export interface TransferConfig {
  /** Blobs fetched at a time, by all pulls together; 0 is any number. */
  readonly max_concurrent_downloads: number;
  /** Read for containerd's sake: a blob is fetched over one connection. */
  readonly concurrent_layer_fetch_buffer: number;
  readonly max_concurrent_uploaded_layers: number;
  /** Above 1, layers are unpacked side by side onto snapshotters that can re-base. */
  readonly max_concurrent_unpacks: number;
  /** Unpack only what this machine's configuration names exactly; else the operating system has to be the same. */
  readonly check_platform_supported: boolean;
  /** Directories of hosts.toml files for transfers that name none, joined by `:`. */
  readonly config_path: string;
  /** Where images may be unpacked to; undefined is containerd's default and all other snapshotters. */
  readonly unpack_config?: readonly UnpackConfig[] | undefined;
}

/** A table `[[…unpack_config]]`. */
export interface UnpackConfig {
  readonly platform: string;
  readonly snapshotter: string;
  /** Id of the differ; "" is one that says it is good for the platform. */
  readonly differ: string;
  /** Media type of configurations; "" is any image's. */
  readonly config_type: string;
  /** Media types of layers; none is any image's. */
  readonly layer_types: readonly string[];
  /** Left out while the snapshotter or the differ is missing. */
  readonly optional: boolean;
}

const count = (fallback: number) => optional(pipe(number(), integer()), fallback);
const text = optional(string(), "");

export const Config: GenericSchema<unknown, TransferConfig> = object({
  max_concurrent_downloads: count(3),
  concurrent_layer_fetch_buffer: count(0),
  max_concurrent_uploaded_layers: count(3),
  max_concurrent_unpacks: count(1),
  check_platform_supported: optional(boolean(), false),
  config_path: text,
  unpack_config: optional(
    array(
      object({
        platform: text,
        snapshotter: text,
        differ: text,
        config_type: text,
        layer_types: optional(array(string()), []),
        optional: optional(boolean(), false),
      }),
    ),
  ),
});
