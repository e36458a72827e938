/** The protobuf messages inside Request and Response frames, written by hand: they are four, and on every call's way. */

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Detail, Status } from "./error.ts";

/** What a Request frame holds: 1 service, 2 method, 3 payload, 4 timeout_nano, 5 metadata { 1 key, 2 value }. */
export interface Request {
  /** Full name of the service, as `containerd.task.v3.Task`. */
  readonly service: string;
  /** Bare name of the method, as `Create`. */
  readonly method: string;
  readonly payload: Uint8Array;
  /** What remains until the caller's deadline, in nanoseconds; 0 when there is none. */
  readonly timeoutNano: bigint;
  readonly metadata: readonly (readonly [key: string, value: string])[];
}

/** What a Response frame holds: 1 status, 2 payload. No status means OK. */
export interface Response {
  readonly status?: Status;
  readonly payload: Uint8Array;
}

const empty = new Uint8Array();

export function encodeRequest(request: Request): Uint8Array {
  const writer = new BinaryWriter();
  text(writer, 1, request.service);
  text(writer, 2, request.method);
  bytes(writer, 3, request.payload);
  if (request.timeoutNano !== 0n) writer.tag(4, WireType.Varint).int64(request.timeoutNano);
  for (const [key, value] of request.metadata) {
    writer.tag(5, WireType.LengthDelimited).fork();
    text(writer, 1, key);
    text(writer, 2, value);
    writer.join();
  }
  return writer.finish();
}

/** @throws Error when `data` is no Request. */
export function decodeRequest(data: Uint8Array): Request {
  let service = "";
  let method = "";
  let payload: Uint8Array = empty;
  let timeoutNano = 0n;
  const metadata: [string, string][] = [];
  readFields(data, {
    1: [WireType.LengthDelimited, (r) => (service = r.string(true))],
    2: [WireType.LengthDelimited, (r) => (method = r.string(true))],
    3: [WireType.LengthDelimited, (r) => (payload = r.bytes())],
    4: [WireType.Varint, (r) => (timeoutNano = BigInt(r.int64()))],
    5: [WireType.LengthDelimited, (r) => metadata.push(decodeKeyValue(r.bytes()))],
  });
  return { service, method, payload, timeoutNano, metadata };
}

export function encodeResponse({ status, payload }: Response): Uint8Array {
  const writer = new BinaryWriter();
  if (status) writer.tag(1, WireType.LengthDelimited).bytes(encodeStatus(status));
  bytes(writer, 2, payload);
  return writer.finish();
}

/** @throws Error when `data` is no Response. */
export function decodeResponse(data: Uint8Array): Response {
  let status: Status | undefined;
  let payload: Uint8Array = empty;
  readFields(data, {
    1: [WireType.LengthDelimited, (r) => (status = decodeStatus(r.bytes()))],
    2: [WireType.LengthDelimited, (r) => (payload = r.bytes())],
  });
  return status ? { status, payload } : { payload };
}

function encodeStatus({ code, message, details = [] }: Status): Uint8Array {
  const writer = new BinaryWriter();
  if (code !== 0) writer.tag(1, WireType.Varint).int32(code);
  text(writer, 2, message);
  for (const detail of details) {
    writer.tag(3, WireType.LengthDelimited).fork();
    text(writer, 1, detail.typeUrl);
    bytes(writer, 2, detail.value);
    writer.join();
  }
  return writer.finish();
}

function decodeStatus(data: Uint8Array): Status {
  let code = 0;
  let message = "";
  const details: Detail[] = [];
  readFields(data, {
    1: [WireType.Varint, (r) => (code = r.int32())],
    2: [WireType.LengthDelimited, (r) => (message = r.string())],
    3: [WireType.LengthDelimited, (r) => details.push(decodeDetail(r.bytes()))],
  });
  return { code, message, details };
}

function decodeDetail(data: Uint8Array): Detail {
  let typeUrl = "";
  let value: Uint8Array = empty;
  readFields(data, {
    1: [WireType.LengthDelimited, (r) => (typeUrl = r.string())],
    2: [WireType.LengthDelimited, (r) => (value = r.bytes())],
  });
  return { typeUrl, value };
}

function decodeKeyValue(data: Uint8Array): [string, string] {
  let key = "";
  let value = "";
  readFields(data, {
    1: [WireType.LengthDelimited, (r) => (key = r.string(true))],
    2: [WireType.LengthDelimited, (r) => (value = r.string(true))],
  });
  return [key, value];
}

type FieldReaders = Readonly<Record<number, readonly [WireType, (reader: BinaryReader) => unknown]>>;

/** Reads the fields it is told of and skips all others, those with another wire type included. */
function readFields(data: Uint8Array, fields: FieldReaders): void {
  const reader = new BinaryReader(data);
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag();
    const field = fields[number];
    if (field?.[0] === wireType) field[1](reader);
    else reader.skip(wireType, number);
  }
}

function text(writer: BinaryWriter, field: number, value: string): void {
  if (value !== "") writer.tag(field, WireType.LengthDelimited).string(value);
}

function bytes(writer: BinaryWriter, field: number, value: Uint8Array): void {
  if (value.length > 0) writer.tag(field, WireType.LengthDelimited).bytes(value);
}
