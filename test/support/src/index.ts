/**
 * What tests share: a registry, images, a containerd, directories and ports. Whatever is started here ends with the process that
 * started it, also when that is killed, and leaves neither files nor mounts, cgroups or processes behind.
 * @packageDocumentation
 */
export {
  CONTAINERD_VERSION,
  containerdMissing,
  containerdPrograms,
  startContainerd,
  type Containerd,
} from "./containerd.ts";
export { startDaemon, type DaemonOptions, type RunningDaemon } from "./daemon.ts";
export { davitdMissing, davitdProgram, startDavitd, type DavitdOptions } from "./davitd.ts";
export { buildBusyboxImage, type BusyboxImageOptions } from "./busybox-image.ts";
export { freePort } from "./free-port.ts";
export {
  makeImage,
  type Compression,
  type ImageDescriptor,
  type ImageOptions,
  type TestImage,
} from "./image.ts";
export { needs, programPath } from "./needs.ts";
export { startPrivateDaemon, testNamespace, type Launch, type PrivateDaemon } from "./private-daemon.ts";
export { pushImage } from "./push-image.ts";
export { REGISTRY_CREDENTIALS, startRegistry, type Registry, type RegistryOptions } from "./registry.ts";
export { runQuickly, type Finished, type RunOptions } from "./run-quickly.ts";
export { tar, type TarMember } from "./tar.ts";
export { temporaryDirectory, type TemporaryDirectory } from "./temporary-directory.ts";
