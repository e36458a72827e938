import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { anyUnpack, AnySchema } from "@bufbuild/protobuf/wkt";
import { allTypes, eventRegistry } from "@davit/api";

const root = new URL("..", import.meta.url).pathname;

test("allTypes holds every message of every .proto file", () => {
  for (const file of globSync("proto/**/*.proto", { cwd: root })) {
    const source = readFileSync(`${root}/${file}`, "utf8");
    const name = /^package (.*);$/m.exec(source)?.[1];
    for (const [, message] of source.matchAll(/^message (\w+)/gm))
      assert.ok(allTypes.getMessage(`${name}.${message}`), `${name}.${message} is missing`);
  }
});

test("allTypes decodes an acknowledgement, whose type is protobuf's own", () => {
  const ack = create(AnySchema, { typeUrl: "google.protobuf.Empty" });
  assert.equal(anyUnpack(ack, allTypes)?.$typeName, "google.protobuf.Empty");
});

test("eventRegistry holds the image events under their historical package, and no requests", () => {
  assert.ok(eventRegistry.getMessage("containerd.services.images.v1.ImageCreate"));
  assert.ok(eventRegistry.getMessage("containerd.events.TaskExit"));
  assert.equal(eventRegistry.getMessage("containerd.services.images.v1.CreateImageRequest"), undefined);
});

test("every entry of package.json can be imported and offers something", async () => {
  const { exports } = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as { exports: object };
  const entries = Object.keys(exports).filter((entry) => !entry.endsWith(".json"));
  assert.ok(entries.length > 25);
  for (const entry of entries) {
    const module = (await import(`@davit/api${entry.slice(1)}`)) as object;
    assert.ok(Object.keys(module).length > 0, entry);
  }
});

test("importing one service loads no other", () => {
  const program = `import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) { if (url.includes("/gen/")) console.log(url); return next(url, context); } });
    await import("@davit/api/services/version");`;
  const loaded = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: root,
    encoding: "utf8",
  });
  assert.deepEqual(
    loaded
      .trim()
      .split("\n")
      .map((url) => url.replace(/^.*\/gen\//, "")),
    ["containerd/services/version/v1/version_pb.js"],
  );
});

for (const args of [["lint"], ["format", "--diff", "--exit-code"]]) {
  test(`buf ${args[0]} has nothing to say about the .proto files`, () => {
    const { status, stdout, stderr, error } = spawnSync("buf", args, { cwd: root, encoding: "utf8" });
    assert.equal(status, 0, error?.message ?? stdout + stderr);
  });
}
