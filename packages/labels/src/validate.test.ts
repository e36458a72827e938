import assert from "node:assert/strict";
import { test } from "node:test";
import { isInvalidArgument, wireMessage } from "@davit/errdefs";
import { MAX_LABEL_BYTES, validateLabel, validateLabels } from "@davit/labels";

const refused =
  (message: string) =>
  (err: unknown): boolean => {
    assert.equal(wireMessage(err), message);
    return isInvalidArgument(err);
  };

test("key and value of 4096 bytes together are accepted", () => {
  validateLabel("k", "v".repeat(MAX_LABEL_BYTES - 1));
  validateLabels({ k: "v".repeat(4095), "": "", a: "b" });
});

test("one byte more is InvalidArgument with containerd's text", () => {
  assert.throws(
    () => validateLabel("k", "v".repeat(4096)),
    refused(
      "label key and value length (4097 bytes) greater than maximum size (4096 bytes), key: k: invalid argument",
    ),
  );
});

test("of a long key the first 64 bytes are named", () => {
  assert.throws(
    () => validateLabel("k".repeat(5000), ""),
    refused(
      `label key and value length (5000 bytes) greater than maximum size (4096 bytes), key: ${"k".repeat(64)}: invalid argument`,
    ),
  );
});

test("lengths are counted in bytes of UTF-8", () => {
  validateLabel("k", "é".repeat(2047));
  assert.throws(() => validateLabel("k", "é".repeat(2048)), /\(4097 bytes\)/);
});

test("validateLabels() says where the label is", () => {
  assert.throws(
    () => validateLabels({ ok: "1", k: "v".repeat(4096) }, "containers.Labels"),
    refused(
      "containers.Labels: label key and value length (4097 bytes) greater than maximum size (4096 bytes), key: k: invalid argument",
    ),
  );
  assert.throws(() => validateLabels({ k: "v".repeat(4096) }), isInvalidArgument);
});
