import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from "ttrpc-node";

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replace(/\s/g, ""), "hex"));
const hex = (data: Uint8Array): string => Buffer.from(data).toString("hex");

// Bytes that Go's implementation wrote and read.
const request = `0a17636f6e7461696e6572642e7461736b2e76332e54
  61736b120553746174651a040a0263312080a8d6b9072a250a1a636f6e746169
  6e6572642d6e616d6573706163652d7474727063120764656661756c74`;
const notFound = `0a2408051220636f6e7461696e6572206e6f742063726561
  7465643a206e6f7420666f756e64`;

test("a Request is encoded and decoded as in Go", () => {
  const value = {
    service: "containerd.task.v3.Task",
    method: "State",
    payload: bytes("0a026331"),
    timeoutNano: 2_000_000_000n,
    metadata: [["containerd-namespace-ttrpc", "default"]] as const,
  };
  assert.equal(hex(encodeRequest(value)), request.replace(/\s/g, ""));
  assert.deepEqual(decodeRequest(bytes(request)), value);
});

test("a Response with an error is encoded and decoded as in Go", () => {
  const value = {
    status: { code: 5, message: "container not created: not found", details: [] },
    payload: new Uint8Array(),
  };
  assert.equal(hex(encodeResponse(value)), notFound.replace(/\s/g, ""));
  assert.deepEqual(decodeResponse(bytes(notFound)), value);
});

test("a Response with an answer is field 2 alone; an empty Response is OK", () => {
  assert.equal(hex(encodeResponse({ payload: bytes("089634") })), "1203089634");
  assert.deepEqual(decodeResponse(bytes("1203089634")), { payload: bytes("089634") });
  assert.deepEqual(decodeResponse(new Uint8Array()), { payload: new Uint8Array() });
});

test("details of a status survive, and unknown fields are skipped", () => {
  const details = [{ typeUrl: "a.B", value: bytes("0102") }];
  const encoded = encodeResponse({ status: { code: 3, message: "m", details }, payload: new Uint8Array() });
  const unknown = bytes("7a0568656c6c6f8001ff01");
  assert.deepEqual(decodeResponse(new Uint8Array([...unknown, ...encoded])).status, {
    code: 3,
    message: "m",
    details,
  });
});

test("a timeout may be negative, and a field of another wire type is not the field", () => {
  assert.equal(decodeRequest(bytes("20ffffffffffffffffff01")).timeoutNano, -1n);
  assert.equal(decodeRequest(bytes("0807")).service, "");
});

for (const [what, garbage] of [
  ["a truncated field", "0a17636f"],
  ["a length beyond 32 bits", "0affffffffffffffffff7f"],
  ["field number 0", "0001"],
  ["an unknown wire type", "0f"],
  ["text that is no UTF-8", "0a02c328"],
  ["groups without end", "0b".repeat(100_000)],
] as const) {
  test(`decodeRequest() throws at ${what}`, () => {
    assert.throws(() => decodeRequest(bytes(garbage)), Error);
  });
}
