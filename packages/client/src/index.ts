/** The typed client, for Davit and for containerd. @packageDocumentation */
export { readBlob } from "./blob.ts";
export { Client, connect, DEFAULT_ADDRESS, type ConnectOptions, type ListOptions } from "./client.ts";
export { Container } from "./container.ts";
export { DEFAULT_RUNTIME, DEFAULT_SNAPSHOTTER, defaultRuntime, defaultSnapshotter } from "./defaults.ts";
export { events, type DaemonEvent, type EventOptions } from "./events.ts";
export type { StdioPaths } from "./fifos.ts";
export { descriptorFromProto, getImage, resolveImage, targetOf, type ResolvedImage } from "./images.ts";
export { withLease } from "./leases.ts";
export { MessageStream } from "./message-stream.ts";
export { createContainer, LABEL_STOP_SIGNAL, type NewContainer } from "./new-container.ts";
export { wantedPlatform, type PlatformLike } from "./platform.ts";
export { attachIo, openIo, type IoOptions, type ProcessIo } from "./process-io.ts";
export { Process, type ExitStatus } from "./process.ts";
export { pull, type PullOptions, type TransferProgress } from "./pull.ts";
export type { Credentials, CredentialsRequest, CredentialsSource } from "./registry-auth.ts";
export {
  connect as connectStdio,
  ioOptions,
  removeContainer,
  run,
  runProcess,
  type RunOptions,
  type Stdio,
} from "./run.ts";
export type { Services } from "./services.ts";
export type { Abortable, Session } from "./session.ts";
export { parseSignal } from "./signals.ts";
export { Task, type ExecOptions } from "./task.ts";
export { isUnpacked, unpack } from "./unpack.ts";
