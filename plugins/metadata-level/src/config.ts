import { boolean, object, optional, picklist, type GenericSchema } from "valibot";
import type { SharingPolicy } from "./stores/content-context.ts";

/** The table `[plugins."io.containerd.metadata.v1.level"]`: containerd's keys. */
export interface Config {
  /** Whether a blob that another namespace has needs no bytes. */
  readonly content_sharing_policy: SharingPolicy;
  /** Leaves the syncing of writes to the kernel. Only for tests. */
  readonly no_sync: boolean;
}

export const config: GenericSchema<unknown, Config> = object({
  content_sharing_policy: optional(picklist(["shared", "isolated"]), "shared"),
  no_sync: optional(boolean(), false),
});
