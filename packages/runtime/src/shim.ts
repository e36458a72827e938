import type { DescService, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Task as TaskApi } from "@davit/api/runtime/task-v3";
import type { CallOptions } from "@davit/namespaces";
import type { Bundle } from "./bundle.ts";
import type { Exit } from "./task.ts";

/** Where a shim serves, and how (containerd.runtime.bootstrap.v1.BootstrapResult). */
export interface Endpoint {
  /** Version of the task API: 2 or 3. */
  readonly version: number;
  /** `unix:///path`; without a scheme the name of an abstract socket. */
  readonly address: string;
  /** `ttrpc` or `grpc`. */
  readonly protocol: string;
  /** What the shim says it can do beyond the task service. */
  readonly capabilities?: readonly number[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** An endpoint as clients are told it: `ttrpc+unix:///run/davit/s/…`. */
export const endpointText = ({ protocol, address }: Endpoint): string => `${protocol}+${address}`;

/** The unary methods of a service in a shim. Errors are those of `@davit/errdefs`, and `shimClosedError`. */
export type ShimClient<S extends DescService> = {
  readonly [K in keyof S["method"]]: (
    request: MessageInitShape<S["method"][K]["input"]>,
    options: CallOptions,
  ) => Promise<MessageShape<S["method"][K]["output"]>>;
};

/** A connection to a shim on behalf of one container or sandbox. Several may lead to the same process. */
export interface Shim {
  readonly id: string;
  readonly namespace: string;
  readonly bundle: Bundle;
  readonly endpoint: Endpoint;
  /** Absolute path of the binary; "" when the shim is one it was only told of. */
  readonly binary: string;
  /** Set when it is the shim of a sandbox that the container joined: it is not shut down with the container. */
  readonly sandboxId: string;
  /** The task service in the version the shim serves; the messages are the same in both. */
  readonly task: ShimClient<typeof TaskApi>;
  /** Another service on the same connection, such as the sandbox service. */
  client<S extends DescService>(service: S): ShimClient<S>;
  /** Resolves when the connection is closed, whoever closed it, and the clean-up that follows has ended. */
  readonly closed: Promise<void>;
  /** Takes the shim off the manager's list. No exit is published for it when its connection closes afterwards. */
  forget(): void;
  /**
   * Asks the shim to end if it serves no other container (limit 3 s; not the shim of a sandbox), closes the connection and removes
   * the bundle. Nothing is listed afterwards.
   */
  remove(options: RemoveShim): Promise<void>;
}

/** In what state a shim is that is to be removed. */
export interface RemoveShim {
  /** Whether it has deleted its container. If not, its `delete` command is run, and an exit is published if it is still listed. */
  readonly deleted: boolean;
  /** What it answered to that: it is seen to that the exit and the deletion are told, if need be in its place. */
  readonly exit?: Exit | undefined;
}
