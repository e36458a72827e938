import { isAlreadyExists, isNotFound, isNotImplemented, wireMessage } from "@davit/errdefs";
import type { Mount, MountManager } from "@davit/mount";
import type { CallOptions } from "@davit/namespaces";
import type { Logger } from "@davit/plugin";

/** Keeps the activation from garbage collection while its container exists. */
const CONTAINER_REFERENCE = "containerd.io/gc.bref.container";

/** Takes the mounts of a root file system through the mount manager, where there is one. */
export class RootfsMounts {
  readonly #mounts: MountManager | undefined;
  readonly #log: Logger;

  constructor(mounts: MountManager | undefined, log: Logger) {
    this.#mounts = mounts;
    this.#log = log;
  }

  /** Whether anything but the shim makes mounts. */
  get managed(): boolean {
    return this.#mounts !== undefined;
  }

  /**
   * The mounts that are left for the shim to make. An activation that exists is used again.
   * @param allowed mount types, also `type/*`, that the shim makes itself; where it makes all of them, nothing is activated.
   */
  async activate(
    id: string,
    rootfs: readonly Mount[],
    allowed: readonly string[],
    options: CallOptions,
  ): Promise<readonly Mount[]> {
    if (this.#mounts === undefined || rootfs.length === 0) return rootfs;
    if (rootfs.every(({ type }) => isAllowed(type, allowed))) return rootfs;
    try {
      const labels = { [CONTAINER_REFERENCE]: id };
      return (await this.#mounts.activate(id, rootfs, { ...options, labels })).system;
    } catch (error) {
      if (isNotImplemented(error)) return rootfs; // nothing needs the manager
      if (!isAlreadyExists(error)) throw error;
      return (await this.#mounts.info(id, options)).system;
    }
  }

  /** Never rejects: what stays is collected with the container. */
  async deactivate(id: string, { namespace }: Pick<CallOptions, "namespace">): Promise<void> {
    try {
      await this.#mounts?.deactivate(id, { namespace });
    } catch (error) {
      if (!isNotFound(error))
        this.#log.warn({ id, namespace, error: wireMessage(error) }, "deactivate mounts");
    }
  }
}

const isAllowed = (type: string, allowed: readonly string[]): boolean =>
  allowed.some((each) => (each.endsWith("/*") ? type.startsWith(each.slice(0, -1)) : each === type));
