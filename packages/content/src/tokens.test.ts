import assert from "node:assert/strict";
import { test } from "node:test";
import { ContentPlugin, ContentService } from "@davit/content";
import { uriOf } from "@davit/plugin";

test("the tokens are containerd's names", () => {
  assert.equal(ContentPlugin, "io.containerd.content.v1");
  assert.equal(uriOf(ContentService), "io.containerd.service.v1.content-service");
});
