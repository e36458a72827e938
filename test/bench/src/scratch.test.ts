import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { isMountPoint, mountInfo } from "@davit/sys";
import { makeScratch } from "@davit/test-bench";
import { needs, temporaryDirectory } from "@davit/test-support";

test("a place has file systems of its own, which go with it", { skip: needs("root") }, async () => {
  await using directory = temporaryDirectory();
  const places = [await makeScratch(directory.path), await makeScratch(directory.path)];
  for (const { disk, memory, fsType } of places) {
    writeFileSync(join(disk, "file"), "");
    assert.ok(isMountPoint(memory));
    assert.equal(mountInfo().find(({ mountPoint }) => mountPoint === disk)?.fsType, fsType);
  }
  assert.notEqual(places[0]?.disk, places[1]?.disk);
  for (const place of places) await place[Symbol.asyncDispose]();
  assert.deepEqual(
    mountInfo().filter(({ mountPoint }) => mountPoint.startsWith(directory.path)),
    [],
  );
});
