import assert from "node:assert/strict";
import { test } from "node:test";
import { ImageVerifierPlugin, TransferPlugin } from "@davit/transfer";

test("the plugin types have containerd's names", () => {
  assert.equal(TransferPlugin, "io.containerd.transfer.v1");
  assert.equal(ImageVerifierPlugin, "io.containerd.image-verifier.v1");
});
