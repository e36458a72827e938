import type { Linux } from "./linux.ts";
import type { Process } from "./process.ts";

/** The configuration of a container, `config.json` (OCI runtime-spec v1.2 config.md). Plain JSON: change it freely. */
export interface Spec {
  ociVersion: string;
  process?: Process;
  root?: Root;
  hostname?: string;
  domainname?: string;
  mounts?: SpecMount[];
  hooks?: Hooks;
  annotations?: Record<string, string>;
  linux?: Linux;
}

/** The root file system. */
export interface Root {
  /** Absolute, or relative to the bundle. */
  path: string;
  readonly?: boolean;
}

/** A mount inside the container. */
export interface SpecMount {
  /** Absolute, in the container. */
  destination: string;
  type?: string;
  source?: string;
  options?: string[];
  uidMappings?: IdMapping[];
  gidMappings?: IdMapping[];
}

/** A range of ids in a user namespace. */
export interface IdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

/** Programs run at points in a container's life. */
export interface Hooks {
  /** @deprecated by the specification, and still used. */
  prestart?: Hook[];
  createRuntime?: Hook[];
  createContainer?: Hook[];
  startContainer?: Hook[];
  poststart?: Hook[];
  poststop?: Hook[];
}

/** One such program. */
export interface Hook {
  /** Absolute. */
  path: string;
  args?: string[];
  env?: string[];
  /** Seconds. */
  timeout?: number;
}
