import assert from "node:assert/strict";
import { test } from "node:test";
import { ContentPlugin } from "@davit/content";
import { registrationOf } from "@davit/plugin";
import { ContentLocalPlugin } from "@davit/plugin-content-local";

test("the plugin is io.containerd.content.v1.content and requires nothing", () => {
  const { uri, type, requirements } = registrationOf(ContentLocalPlugin);
  assert.equal(uri, "io.containerd.content.v1.content");
  assert.equal(type, ContentPlugin);
  assert.deepEqual(requirements, []);
});
