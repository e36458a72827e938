import { integer, minValue, number, object, optional, pipe, string, type GenericSchema } from "valibot";

/** The configuration of the plugin, with containerd's keys. */
export interface ServerTtrpcConfig {
  /** Path of the socket, at most 104 bytes. Empty: no server. */
  readonly address: string;
  /** Owner and group of the socket; those of the daemon when absent. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

const id = optional(pipe(number(), integer(), minValue(0)));

/** Validates the configuration and fills in the defaults. */
export const configSchema: GenericSchema<unknown, ServerTtrpcConfig> = object({
  address: optional(string(), "/run/davit/davit.sock.ttrpc"),
  uid: id,
  gid: id,
}) as GenericSchema<unknown, ServerTtrpcConfig>;
