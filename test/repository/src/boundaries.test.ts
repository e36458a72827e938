import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";

const repository = join(import.meta.dirname, "../../..");
const check = join(repository, "tools/check-boundaries.mjs");
let dir = "";
before(() => {
  dir = mkdtempSync(join(tmpdir(), "davit-boundaries-"));
});
after(() => rmSync(dir, { recursive: true }));

interface Planted {
  readonly folder: string;
  readonly kind: string;
  readonly dependencies?: readonly string[];
  readonly devDependencies?: readonly string[];
  readonly references?: readonly string[];
  readonly source?: string;
  readonly test?: string;
}

/** Writes packages into a tree of its own, and says what the check finds there. */
function violations(...packages: readonly Planted[]): string {
  const root = mkdtempSync(join(dir, "tree-"));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const { folder, kind, dependencies = [], devDependencies = [], source = "", ...more } of packages) {
    const versions = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, "^0.1.0"]));
    const all = [...dependencies, ...devDependencies].filter((name) => name.startsWith("@x/"));
    const folders = all.map((name) => packages.find(({ folder: other }) => nameOf(other) === name)?.folder);
    const references = more.references ?? folders.filter((other) => other !== undefined);
    const manifest = {
      name: nameOf(folder),
      description: "planted",
      license: "Apache-2.0",
      files: ["dist"],
      exports: {},
      engines: {},
      dependencies: versions(dependencies),
      devDependencies: versions(devDependencies),
      nx: { tags: [`kind:${kind}`] },
    };
    write(`${folder}/package.json`, JSON.stringify(manifest));
    write(
      `${folder}/tsconfig.json`,
      JSON.stringify({ references: references.map((path) => ({ path: `../../${path}` })) }),
    );
    for (const file of ["README.md", "LICENSE"]) write(`${folder}/${file}`, "");
    write(`${folder}/src/index.ts`, source);
    if (more.test !== undefined) write(`${folder}/src/index.test.ts`, more.test);
  }
  const { status, stderr } = spawnSync(process.execPath, [check, root], { encoding: "utf8" });
  assert.equal(status === 0, stderr === "", `status ${status}: ${stderr}`);
  return stderr;
}

const nameOf = (folder: string): string => `@x/${folder.split("/")[1]}`;
const library = { folder: "packages/low", kind: "library" } as const;

test("a tree in order has no violation", () => {
  const uses = `import { x } from "@x/low";\nimport "node:fs";\nexport * from "./other.ts";`;
  assert.equal(
    violations(library, { folder: "plugins/p", kind: "plugin", dependencies: ["@x/low"], source: uses }),
    "",
  );
});

test("this repository has no violation", () => {
  assert.equal(spawnSync(process.execPath, [check, repository], { encoding: "utf8" }).stderr, "");
});

test("a library may not import a plugin, however it is written", () => {
  const plugin = { folder: "plugins/p", kind: "plugin" };
  for (const source of [
    `import { x } from "@x/p";`,
    `import "@x/p";`,
    `export * from "@x/p";`,
    ["const x = await import", `("@x/p");`].join(""),
    `import type { X } from "@x/p";`,
    `import {\n  x,\n  y,\n} from "@x/p/deep";`,
  ])
    assert.match(
      violations(plugin, { ...library, dependencies: ["@x/p"], source }),
      /a library may not import @x\/p \(plugin\)/,
    );
});

test("a plugin may not import another plugin, not even in its tests", () => {
  const other = { folder: "plugins/other", kind: "plugin" };
  const imports = `import { x } from "@x/other";`;
  const direct = { folder: "plugins/p", kind: "plugin", dependencies: ["@x/other"], source: imports };
  assert.match(violations(other, direct), /a plugin may not import @x\/other/);
  const inTest = { folder: "plugins/p", kind: "plugin", devDependencies: ["@x/other"], test: imports };
  assert.match(violations(other, inTest), /a plugin may not depend on the plugin @x\/other/);
});

test("the kernel may not import an interface, an interface no toolkit", () => {
  const uses = (name: string) => ({ dependencies: [name], source: `import { x } from "${name}";` });
  const content = { folder: "packages/content", kind: "interface" };
  assert.match(
    violations(content, { folder: "packages/plugin", kind: "kernel", ...uses("@x/content") }),
    /a kernel may not import/,
  );
  const grpc = { folder: "packages/grpc", kind: "toolkit" };
  assert.match(
    violations(grpc, { ...content, ...uses("@x/grpc") }),
    /a interface may not import|an interface may not import/,
  );
});

test("what is imported is declared, what is declared is imported and referenced", () => {
  const source = `import { x } from "@x/low";`;
  const p = { folder: "plugins/p", kind: "plugin" };
  assert.match(violations(library, { ...p, source }), /@x\/low is not declared/);
  assert.match(violations(library, { ...p, dependencies: ["@x/low"] }), /declared and never imported/);
  assert.match(
    violations(library, { ...p, source, dependencies: ["@x/low"], references: [] }),
    /lacks a reference/,
  );
  assert.match(
    violations(library, { ...p, references: ["packages/low"] }),
    /which package\.json does not name/,
  );
  assert.match(violations({ ...p, source: `import { x } from "left-pad";` }), /left-pad is not declared/);
});

test("a development dependency is for tests alone", () => {
  const source = `import { x } from "@x/low";`;
  const p = { folder: "plugins/p", kind: "plugin", devDependencies: ["@x/low"] };
  assert.match(violations(library, { ...p, source }), /@x\/low is not declared/);
  assert.equal(violations(library, { ...p, test: source }), "");
});

test("nobody reaches into another package's folder", () => {
  const source = `import { x } from "../../low/src/index.ts";`;
  assert.match(violations(library, { folder: "plugins/p", kind: "plugin", source }), /leaves the package/);
});

test("a package has a kind and lives in its folder", () => {
  assert.match(violations({ folder: "packages/p", kind: "plugin" }), /a plugin lives in plugins\//);
  assert.match(violations({ folder: "packages/p", kind: "something" }), /no known kind/);
});
