import { existsSync } from "node:fs";
import { WarningPlugin, type WarningStore } from "@davit/introspection";
import { plugin, type Plugin } from "@davit/plugin";
import { Deprecations } from "./deprecations.ts";
import { DEPRECATION_PREFIX } from "./messages.ts";

/** There where the whole hierarchy is cgroup v2. */
const UNIFIED = "/sys/fs/cgroup/cgroup.controllers";

/** `io.containerd.warning.v1.deprecations` */
@plugin({ type: WarningPlugin, id: "deprecations" })
export class WarningDeprecationsPlugin implements Plugin<WarningStore> {
  init(): WarningStore {
    const deprecations = new Deprecations();
    if (process.platform === "linux" && !existsSync(UNIFIED))
      deprecations.emit(`${DEPRECATION_PREFIX}cgroup-v1`);
    return deprecations;
  }
}
