import { join } from "node:path";
import { CONTAINERD_VERSION, containerdPrograms, needs } from "@davit/test-support";

/** A `ctr` with the containerd and the shim of its own release. */
export interface Generation {
  readonly name: string;
  readonly ctr: string;
  readonly containerd: string;
  /** Where its shim is looked for first. */
  readonly shims: string;
  /** Whether it has what came with containerd 2: the transfer service, `info`, `deprecations`. */
  readonly isTwo: boolean;
}

/** What Debian 12 ships: containerd 1.6. */
export const debian: Generation = {
  name: "Debian's ctr",
  ctr: "/usr/bin/ctr",
  containerd: "/usr/bin/containerd",
  shims: "/usr/bin",
  isTwo: false,
};

/** The newest release, built from its Go module by `tools/build-go-programs.sh`. */
export const newest: Generation = {
  name: `ctr ${CONTAINERD_VERSION}`,
  ctr: join(containerdPrograms(), "ctr"),
  containerd: join(containerdPrograms(), "containerd"),
  shims: containerdPrograms(),
  isTwo: true,
};

/** Why a generation cannot be driven here, for node:test's `skip`. */
export const generationMissing = ({ ctr, containerd, shims }: Generation): string | false =>
  needs(
    "root",
    "runc",
    "docker-registry",
    "busybox",
    "script",
    ctr,
    containerd,
    join(shims, "containerd-shim-runc-v2"),
  );
