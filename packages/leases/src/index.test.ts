import assert from "node:assert/strict";
import { test } from "node:test";
import { LEASE_EXPIRE_LABEL, LeasePlugin } from "@davit/leases";

test("types and references have containerd's names", () => {
  assert.equal(LeasePlugin, "io.containerd.lease.v1");
  assert.equal(LEASE_EXPIRE_LABEL, "containerd.io/gc.expire");
});
