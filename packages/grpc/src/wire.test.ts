import assert from "node:assert/strict";
import { test } from "node:test";
import { isKind } from "@davit/errdefs";
import { FrameReader, prefixOf } from "./frames.ts";
import { decodeDetails, encodeStatus, percentEncode, statusHeaders } from "./status.ts";
import { parseTimeout, startTimer } from "./timer.ts";

test("percentEncode() leaves printable ASCII, and encodes the bytes of all else", () => {
  assert.equal(percentEncode("plain ~ text!"), "plain ~ text!");
  assert.equal(percentEncode("100%"), "100%25");
  assert.equal(percentEncode(""), "");
  assert.equal(percentEncode(" a b  "), "%20a b %20", "HTTP/2 allows no outer spaces");
  assert.equal(percentEncode(" "), "%20");
  assert.equal(percentEncode("é\n\x7f😀"), "%C3%A9%0A%7F%F0%9F%98%80");
});

test("a status with details is a google.rpc.Status in base64 without padding", () => {
  const details = [{ typeUrl: "a/b", value: new Uint8Array([1]) }];
  const headers = statusHeaders({ code: 5, message: "x: not found", details });
  assert.equal(headers["grpc-status"], "5");
  assert.equal(headers["grpc-message"], "x: not found");
  const encoded = String(headers["grpc-status-details-bin"]);
  assert.doesNotMatch(encoded, /=/);
  // 1: code 5; 2: message; 3: { 1: type_url, 2: value }
  assert.equal(
    Buffer.from(encoded, "base64").toString("hex"),
    "0805120c783a206e6f7420666f756e641a080a03612f62120101",
  );
  assert.deepEqual(
    decodeDetails(encodeStatus({ code: 5, message: "", details })).map(({ typeUrl }) => typeUrl),
    ["a/b"],
  );
  assert.deepEqual(statusHeaders({ code: 0, message: "" }), { "grpc-status": "0" });
});

test("parseTimeout() knows the units, rounds up, and refuses what is malformed", () => {
  assert.deepEqual(
    ["1H", "2M", "3S", "4m", "1500u", "1n", "0S"].map(parseTimeout),
    [3_600_000, 120_000, 3000, 4, 2, 1, 0],
  );
  for (const text of ["", "1", "1s", "123456789m", " 1S"])
    assert.throws(
      () => parseTimeout(text),
      (err) => isKind(err, "Internal"),
    );
});

test("startTimer() waits through delays longer than a timer can hold", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let fired = 0;
  const long = 2 ** 31 * 2;
  startTimer(long, () => fired++);
  const stop = startTimer(long, () => fired++);
  t.mock.timers.tick(2 ** 31 - 1);
  t.mock.timers.tick(2 ** 31 - 1);
  assert.equal(fired, 0);
  stop();
  t.mock.timers.tick(10);
  assert.equal(fired, 1);
});

test("a FrameReader yields the same messages however the bytes are cut", () => {
  const messages = ["", "a", "", "bc", "d".repeat(300)];
  const bytes = Buffer.concat(messages.flatMap((text) => [prefixOf(text.length), Buffer.from(text)]));
  for (let size = 1; size < bytes.length; size += 3) {
    const reader = new FrameReader(300);
    const got: string[] = [];
    for (let at = 0; at < bytes.length; at += size)
      for (const { data } of reader.push(bytes.subarray(at, at + size)))
        got.push(Buffer.from(data).toString());
    assert.deepEqual(got, messages);
    assert.equal(reader.whole, true);
  }
  const reader = new FrameReader(299);
  assert.throws(() => reader.push(bytes), /larger than max \(300 vs\. 299\)/);
});
