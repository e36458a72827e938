import assert from "node:assert/strict";
import { test } from "node:test";
import { directTarget } from "@davit/plugin-differ-walking";

const overlay = (...options: string[]) => ({ type: "overlay", source: "overlay", options });
const bind = (...options: string[]) => ({ type: "bind", source: "/layer", options });
const outside = { userNamespace: false };
const inside = { userNamespace: true };

test("an overlay is unpacked into its upper directory, with the lower ones as parents", () => {
  const mount = overlay("index=off", "workdir=/w", "upperdir=/u", "lowerdir=/l2:/l1");
  const target = { root: "/u", mode: "overlay", parents: ["/l2", "/l1"], userXattr: false };
  assert.deepEqual(directTarget([mount], outside), target);
  const user = overlay("userxattr", "workdir=/w", "upperdir=/u", "lowerdir=/l1");
  assert.deepEqual(directTarget([user], outside), { ...target, parents: ["/l1"], userXattr: true });
});

test("an overlay in a user namespace, without an upper directory, or read-only has to be mounted", () => {
  const writable = overlay("workdir=/w", "upperdir=/u", "lowerdir=/l1");
  assert.equal(directTarget([writable], inside), undefined);
  assert.equal(directTarget([overlay("lowerdir=/l2:/l1")], outside), undefined);
  assert.equal(
    directTarget([overlay("ro", "upperdir=/u", "workdir=/w", "lowerdir=/l1")], outside),
    undefined,
  );
});

test("a writable bind mount is unpacked into its source", () => {
  const target = { root: "/layer", mode: "naive", parents: [], userXattr: false };
  assert.deepEqual(directTarget([bind("rw", "rbind")], outside), target);
  assert.deepEqual(directTarget([bind("rbind")], inside), target);
  assert.equal(directTarget([bind("ro", "rbind")], outside), undefined);
  assert.equal(directTarget([{ ...bind("rbind"), source: "relative" }], outside), undefined);
});

test("all else has to be mounted: several, other types, mapped ids, a place below", () => {
  assert.equal(directTarget([], outside), undefined);
  assert.equal(directTarget([bind("rbind"), bind("rbind")], outside), undefined);
  assert.equal(directTarget([{ type: "ext4", source: "/dev/x", options: [] }], outside), undefined);
  assert.equal(directTarget([bind("rbind", "uidmap=0:1000:1", "gidmap=0:1000:1")], outside), undefined);
  assert.equal(directTarget([{ ...bind("rbind"), target: "sub" }], outside), undefined);
});
