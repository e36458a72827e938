import { create, toBinary } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import { BootstrapParamsSchema, LogLevel } from "@davit/api/runtime/bootstrap";
import type { Any } from "@davit/typeurl";
import type { DaemonFacts, LogLevelName } from "./settings.ts";

const LEVELS: Readonly<Record<LogLevelName, LogLevel>> = {
  trace: LogLevel.TRACE,
  debug: LogLevel.DEBUG,
  info: LogLevel.INFO,
  warn: LogLevel.WARN,
  error: LogLevel.ERROR,
  fatal: LogLevel.FATAL,
  panic: LogLevel.PANIC,
};

/** What a shim is told when it is started. */
export interface StartFacts {
  readonly id: string;
  readonly namespace: string;
  readonly daemon: DaemonFacts;
  readonly socketDir: string;
  readonly options?: Any | undefined;
}

/** Whether a binary is one of the two that are known by name to read options on stdin instead of BootstrapParams. */
export function takesOptions(binary: string): boolean {
  const name = binary.slice(binary.lastIndexOf("/") + 1);
  return name.includes("shim-runc-v1") || name.includes("shim-runhcs-v1");
}

/**
 * Whether a shim of before 2.3 failed for want of options: it read BootstrapParams as an Any, whose type is the id. Later ones of
 * them go on without options, that of 1.6 does not.
 */
export const refusedParams = (output: string, id: string): boolean =>
  output.includes(`type with url ${id}: not found`);

/** Options as a serialized Any, nothing when there are none. */
export function optionsBytes(options: Any | undefined): Uint8Array {
  return options === undefined ? new Uint8Array() : toBinary(AnySchema, anyOf(options));
}

/** What `start` gets on its stdin (reference 04 §3.1). */
export function bootstrapParams({ id, namespace, daemon, socketDir, options }: StartFacts): Uint8Array {
  const params = create(BootstrapParamsSchema, {
    instanceId: id,
    namespace,
    logLevel: LEVELS[daemon.logLevel],
    containerdVersion: daemon.version,
    containerdTtrpcAddress: daemon.ttrpcAddress,
    containerdGrpcAddress: daemon.grpcAddress,
    containerdBinary: daemon.executable,
    extensions: options === undefined || options.value.length === 0 ? [] : [{ value: anyOf(options) }],
    socketDir,
  });
  return toBinary(BootstrapParamsSchema, params);
}

const anyOf = ({ typeUrl, value }: Any) => create(AnySchema, { typeUrl, value });
