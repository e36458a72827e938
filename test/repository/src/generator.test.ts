import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const repository = join(import.meta.dirname, "../../..");
let dir = "";
before(() => {
  dir = mkdtempSync(join(tmpdir(), "davit-generator-"));
  for (const file of [
    "tools",
    "tsconfig.base.json",
    "LICENSE",
    ".oxlintrc.json",
    ".oxfmtrc.json",
    "package.json",
  ])
    cpSync(join(repository, file), join(dir, file), { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(dir, "node_modules"));
});
after(() => rmSync(dir, { recursive: true }));

function run(cwd: string, command: string, ...args: string[]) {
  const env = {
    ...process.env,
    DAVIT_NEW_NO_INSTALL: "1",
    PATH: `${dir}/node_modules/.bin:${process.env["PATH"]}`,
  };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

for (const [kind, folder, made] of [
  ["library", "sample-library", "packages/sample-library"],
  ["toolkit", "sample-toolkit", "packages/sample-toolkit"],
  ["test", "sample-test", "test/sample-test"],
] as const)
  test(`a new ${kind} builds, tests and lints at once`, () => {
    const generated = run(dir, "node", "tools/new.mjs", kind, folder, "A sample");
    assert.equal(generated.status, 0, generated.output);
    const place = join(dir, made);
    for (const [command, ...args] of [
      ["tsc", "-p", "tsconfig.json"],
      ["node", "../../tools/run-tests.mjs"],
      ["oxlint", "--deny-warnings", "-c", "../../.oxlintrc.json", "src"],
      ["oxfmt", "--check", "-c", "../../.oxfmtrc.json", "src"],
      ["node", "../../tools/check-boundaries.mjs", dir],
    ] as const) {
      const { status, output } = run(place, command, ...args);
      assert.equal(status, 0, `${command} ${args.join(" ")}: ${output}`);
    }
    assert.ok(existsSync(join(place, "dist/index.js")));
  });

test("a plugin's manifest has the kernel as peer", () => {
  assert.equal(run(dir, "node", "tools/new.mjs", "plugin", "snapshotter-sample").status, 0);
  const manifest = JSON.parse(
    readFileSync(join(dir, "plugins/snapshotter-sample/package.json"), "utf8"),
  ) as object;
  assert.deepEqual(manifest, {
    ...manifest,
    name: "@davit/plugin-snapshotter-sample",
    peerDependencies: { "@davit/plugin": "^0.1.0" },
  });
});

test("a bad name, an unknown kind and a folder that is there are refused", () => {
  assert.equal(run(dir, "node", "tools/new.mjs", "library", "Bad_Name").status, 2);
  assert.equal(run(dir, "node", "tools/new.mjs", "thing", "name").status, 2);
  run(dir, "node", "tools/new.mjs", "library", "twice");
  assert.match(run(dir, "node", "tools/new.mjs", "library", "twice").output, /exists already/);
});
