import { integer, minValue, number, object, optional, pipe, string, type GenericSchema } from "valibot";

/** The configuration of the plugin, with containerd's keys. */
export interface ServerGrpcConfig {
  /** Path of the socket, at most 104 bytes. */
  readonly address: string;
  /** Owner and group of the socket; those of the daemon when absent. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Largest request in bytes; 0 and less: gRPC's own default, 4 MiB. */
  readonly max_recv_message_size: number;
  /** Largest response in bytes; 0 and less: gRPC's own default, 2 GiB. */
  readonly max_send_message_size: number;
}

/** Largest message that containerd's clients exchange, in bytes. */
const MAX_MESSAGE_SIZE = 16 << 20;
const id = optional(pipe(number(), integer(), minValue(0)));
const size = optional(pipe(number(), integer()), MAX_MESSAGE_SIZE);

/** Validates the configuration and fills in the defaults. */
export const configSchema: GenericSchema<unknown, ServerGrpcConfig> = object({
  address: optional(string(), "/run/davit/davit.sock"),
  uid: id,
  gid: id,
  max_recv_message_size: size,
  max_send_message_size: size,
}) as GenericSchema<unknown, ServerGrpcConfig>;
