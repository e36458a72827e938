import assert from "node:assert/strict";
import { test } from "node:test";
import { ImagesService } from "@davit/images";

test("types and references have containerd's names", () => {
  assert.deepEqual(ImagesService, { type: "io.containerd.service.v1", id: "images-service" });
});
