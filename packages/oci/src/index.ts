/** OCI image and runtime types, the default runtime spec, users and capabilities. @packageDocumentation */
export * from "./image/annotations.ts";
export { childrenOf, hasChildren } from "./image/children.ts";
export { manifestFor, manifestsFor, platformOf, type PlatformChoice } from "./image/choose.ts";
export { parseDescriptor, type Descriptor, type OciPlatform } from "./image/descriptor.ts";
export { childGcLabels } from "./image/gc-labels.ts";
export {
  parseImageConfig,
  type ContainerConfig,
  type History,
  type ImageConfig,
  type KeySet,
  type RootFs,
} from "./image/image-config.ts";
export { parseIndex, parseManifest, type Index, type Manifest } from "./image/manifest.ts";
export * from "./image/media-types.ts";
export { refKey } from "./image/ref-key.ts";
export type { Linux, LinuxDevice, LinuxNamespace, LinuxNamespaceType } from "./runtime/linux.ts";
export type { CapabilitySets, ConsoleSize, Process, Rlimit, Scheduler, User } from "./runtime/process.ts";
export type {
  LinuxBlockIo,
  LinuxCpu,
  LinuxDeviceRule,
  LinuxMemory,
  LinuxResources,
  LinuxThrottle,
} from "./runtime/resources.ts";
export type { Seccomp, SeccompArg, SeccompSyscall } from "./runtime/seccomp.ts";
export type { Hook, Hooks, IdMapping, Root, Spec, SpecMount } from "./runtime/spec.ts";
export type { RuntimeState } from "./runtime/state.ts";
export { MAX_ID, parseGroup, parsePasswd, type GroupEntry, type PasswdEntry } from "./runtime/accounts.ts";
export {
  capabilitySets,
  DEFAULT_CAPABILITIES,
  withAddedCapabilities,
  withDroppedCapabilities,
} from "./runtime/capabilities.ts";
export { defaultMounts } from "./runtime/default-mounts.ts";
export {
  applySpec,
  defaultSpec,
  OCI_VERSION,
  type DefaultSpecOptions,
  type SpecOption,
} from "./runtime/default-spec.ts";
export { DEFAULT_PATH_ENV, mergeEnv, withEnv } from "./runtime/env.ts";
export { readFileInRoot } from "./runtime/file-in-root.ts";
export { withImageConfig, type ImageConfigOverrides } from "./runtime/image-defaults.ts";
export { defaultMaskedPaths, parseCpuList } from "./runtime/masked-paths.ts";
export { resolveUser } from "./runtime/resolve-user.ts";
export * from "./runtime/spec-options.ts";
export { withArgs, withCwd, withNewPrivileges, withProcess, withUser } from "./runtime/spec-process.ts";
