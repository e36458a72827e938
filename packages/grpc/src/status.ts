import type { OutgoingHttpHeaders } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { StatusSchema } from "@davit/api/rpc";
import type { Status, StatusDetail } from "@davit/errdefs";

/** The status of a call that went well. */
export const OK: Status = { code: 0, message: "" };

/** The headers that carry a status at the end of a call (gRPC over HTTP/2, PROTOCOL-HTTP2.md). */
export function statusHeaders(status: Status): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { "grpc-status": String(status.code) };
  if (status.message !== "") headers["grpc-message"] = percentEncode(status.message);
  // Where the details are present, Go takes code and message from them alone: both say the same here.
  if (status.details !== undefined && status.details.length > 0)
    headers["grpc-status-details-bin"] = encodeStatus(status).toString("base64").replace(/=+$/, "");
  return headers;
}

/**
 * Percent-encodes what is not printable ASCII, and `%`, byte by byte; and a space at either end, for HTTP/2 refuses a header that
 * begins or ends with one (RFC 9113 §8.2.1).
 */
export function percentEncode(text: string): string {
  if (/^(?! )[ !-$&-~]*(?<! )$/.test(text)) return text;
  const bytes = Buffer.from(text);
  const isOuterSpace = (byte: number, index: number): boolean =>
    byte === 0x20 && (index === 0 || index === bytes.length - 1);
  return Array.from(bytes, (byte, index) =>
    byte >= 0x20 && byte <= 0x7e && byte !== 0x25 && !isOuterSpace(byte, index)
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}

/** A status as a `google.rpc.Status`. */
export function encodeStatus({ code, message, details = [] }: Status): Buffer {
  const encodable = create(StatusSchema, { code, message, details: [...details] });
  return Buffer.from(toBinary(StatusSchema, encodable));
}

/** The details of an encoded `google.rpc.Status`. @throws on bytes that are none. */
export const decodeDetails = (bytes: Uint8Array): StatusDetail[] => fromBinary(StatusSchema, bytes).details;
