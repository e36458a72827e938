import assert from "node:assert/strict";
import { test } from "node:test";
import { openFixture } from "../testing/fixture.ts";
import { any, messageOf, sandbox } from "../testing/objects.ts";

const ns = { namespace: "ns" };
const full = sandbox("s", {
  labels: { a: "1" },
  spec: any("spec"),
  runtime: { name: "r", options: any("options") },
  extensions: { x: any("x") },
});

test("a sandbox is what was created", async () => {
  await using fixture = await openFixture();
  const created = await fixture.metadata.sandboxes.create(full, ns);
  assert.deepEqual(created, { ...full, createdAt: created.createdAt, updatedAt: created.createdAt });
  const { sandboxes } = await fixture.reopen();
  assert.deepEqual(await sandboxes.get("s", ns), created);
  assert.deepEqual(await sandboxes.list({ ...ns, filters: ["labels.a==1,id==s"] }), [created]);
  assert.deepEqual(await sandboxes.list({ ...ns, filters: ["id==x"] }), []);
});

test("update() follows its field paths", async () => {
  await using fixture = await openFixture();
  const { sandboxes } = fixture.metadata;
  await sandboxes.create(full, ns);
  const next = sandbox("s", { labels: { b: "2" }, runtime: { name: "r2" }, extensions: { y: any("y") } });
  const update = (...fieldpaths: string[]) => sandboxes.update(next, { ...ns, fieldpaths });
  assert.equal(await messageOf(update()), "sandbox.Runtime.Name field is immutable: invalid argument");
  assert.deepEqual((await update("labels.b")).labels, { a: "1", b: "2" });
  assert.deepEqual((await update("labels")).labels, { b: "2" });
  assert.deepEqual((await update("extensions.y")).extensions, { x: any("x"), y: any("y") });
  assert.equal((await update("runtime")).runtime.name, "r2");
  await update("spec");
  const kept = await sandboxes.get("s", ns);
  assert.deepEqual(kept.spec, any("spec"), "as in containerd a spec that is absent changes nothing");
  assert.deepEqual(kept.runtime, { name: "r2", options: any("options") });
  assert.equal(
    await messageOf(update("sandboxer")),
    'cannot update "sandboxer" field on sandbox "s": invalid argument',
  );
});

test("errors are containerd's", async () => {
  await using fixture = await openFixture();
  const { sandboxes } = fixture.metadata;
  await sandboxes.create(sandbox("s", { runtime: { name: "" } }), ns);
  assert.equal(
    await messageOf(sandboxes.create(full, ns)),
    'write error: sandbox bucket "s" already exists: already exists',
  );
  assert.match(
    await messageOf(sandboxes.create(sandbox("a b"), ns)),
    /^failed to validate sandbox: invalid sandbox ID: identifier "a b" must match/,
  );
  assert.equal(await messageOf(sandboxes.get("x", ns)), 'bucket "x" not found: not found');
  assert.equal(await messageOf(sandboxes.update(sandbox("x"), ns)), 'bucket "x" not found: not found');
  assert.equal(await messageOf(sandboxes.delete("x", ns)), 'failed to delete sandbox "x": not found');
  await sandboxes.delete("s", ns);
  assert.deepEqual(await sandboxes.list(ns), []);
});
