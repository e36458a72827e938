import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isResourceExhausted } from "@davit/errdefs";
import { LocalStore } from "@davit/plugin-content-local";
import { temporaryRoot } from "./testing/temporary-root.ts";

const call = { namespace: "default" };
const skip = process.getuid?.() === 0 ? false : "needs root, to mount a small tmpfs";
const SIZE = 2 * 1024 * 1024;

/** A file system of 2 MiB. */
async function smallDisk(): Promise<{ readonly path: string } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { path } = stack.use(await temporaryRoot());
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=0755`, "tmpfs", path]);
  assert.equal(mounted.status, 0, String(mounted.stderr));
  stack.defer(() => void spawnSync("umount", ["-l", path]));
  const resources = stack.move();
  return { path, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

test(
  "a write to a full disk is ResourceExhausted and says what; it goes on once there is space",
  { skip },
  async () => {
    await using disk = await smallDisk();
    const store = await LocalStore.open(disk.path);
    const ballast = join(disk.path, "ballast");
    await writeFile(ballast, Buffer.alloc(SIZE / 2));
    const data = randomBytes(SIZE - SIZE / 8);
    await using writer = await store.writer("big", call);
    await assert.rejects(writer.write(data), (err: Error) => {
      assert.ok(isResourceExhausted(err), String(err));
      assert.match(err.message, /^write to ingest "big"/);
      assert.match(String(err.cause), /no space left on device/);
      return true;
    });
    const { offset } = writer.status();
    assert.equal(
      (await store.status("big", call)).offset,
      offset,
      "what did not fit in whole was taken back",
    );
    for await (const info of store.list(call)) assert.fail(`${info.digest} is visible`);

    await rm(ballast);
    await writer.write(data.subarray(Number(offset)));
    const digest = await writer.commit({ ...call, sizeBytes: BigInt(data.length) });
    const chunks: Buffer[] = [];
    for await (const chunk of store.read(digest, call)) chunks.push(Buffer.from(chunk));
    assert.ok(Buffer.concat(chunks).equals(data));
  },
);

test("an ingest that a full disk does not let begin leaves no trace", { skip }, async () => {
  await using disk = await smallDisk();
  const store = await LocalStore.open(disk.path);
  const ballast = join(disk.path, "ballast");
  await writeFile(ballast, Buffer.alloc(SIZE)).catch(() => undefined);
  await assert.rejects(store.writer("r", call), (err: Error) => {
    assert.ok(isResourceExhausted(err), String(err));
    assert.match(err.message, /^open ingest "r"/);
    return true;
  });
  assert.deepEqual(await store.listStatuses(call), []);
  await rm(ballast);
  await using writer = await store.writer("r", call);
  await writer.write(Buffer.from("hello"));
  await writer.commit({ ...call });
});
