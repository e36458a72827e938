// Makes a new package that builds, tests and lints at once: `npm run new -- <kind> <name> [description]`.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FOLDER, KINDS } from "./kinds.mjs";
import { npmName, ENGINES } from "./names.mjs";

const USAGE = `usage: npm run new -- <kind> <folder> ["one sentence that says what it is"]
  kind    ${KINDS.join(" | ")}
  folder  kebab-case; a plugin's is <type>-<id>, as in its URI
example:  npm run new -- plugin snapshotter-zfs "The zfs snapshotter"`;

const [kind, folder, description = `The ${process.argv[3]} package of Davit`] = process.argv.slice(2);
if (!kind || !folder || !KINDS.includes(kind) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(folder)) {
  console.error(USAGE);
  process.exit(2);
}
const dir = join(FOLDER[kind], folder);
if (existsSync(dir)) {
  console.error(`${dir} exists already`);
  process.exit(1);
}
const name = npmName(kind, folder);
const write = (path, text) => {
  const file = join(dir, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, text);
};
const json = (value) => JSON.stringify(value, null, 2) + "\n";
const needsKernel = kind === "interface" || kind === "plugin";
const isPrivate = kind === "test";

write(
  "package.json",
  json({
    name,
    version: "0.1.0",
    ...(isPrivate ? { private: true } : {}),
    description,
    license: "Apache-2.0",
    ...(isPrivate
      ? {}
      : {
          files: ["dist", "!dist/**/*.test.*", "!dist/.tsbuildinfo", "README.md", "LICENSE", "CHANGELOG.md"],
        }),
    type: "module",
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./package.json": "./package.json",
    },
    ...(needsKernel ? { peerDependencies: { "@davit/plugin": "^0.1.0" } } : {}),
    engines: { node: ENGINES },
    nx: { tags: [`kind:${kind}`] },
  }),
);
write(
  "tsconfig.json",
  json({
    extends: "../../tsconfig.base.json",
    compilerOptions: { rootDir: "src", outDir: "dist", tsBuildInfoFile: "dist/.tsbuildinfo" },
    include: ["src"],
    references: needsKernel ? [{ path: "../../packages/plugin" }] : [],
  }),
);
write(
  "src/index.ts",
  `/** ${description.replace(/\.$/, "")}. @packageDocumentation */\n\nexport const name: string = "${name}";\n`,
);
write(
  "src/index.test.ts",
  `import assert from "node:assert/strict";
import { test } from "node:test";
import { name } from "${name}";

test("the package knows its name", () => {
  assert.equal(name, "${name}");
});
`,
);
if (!isPrivate) {
  write("CHANGELOG.md", `# ${name}\n`);
  copyFileSync("LICENSE", join(dir, "LICENSE"));
}
write(
  "README.md",
  `# ${name}

${description.replace(/\.?$/, ".")}

\`\`\`sh
npm install ${name}
\`\`\`

\`\`\`js run
import { name } from "${name}";

console.log(name);
\`\`\`

\`\`\`text output
${name}
\`\`\`
`,
);
if (!process.env.DAVIT_NEW_NO_INSTALL) {
  const linked = spawnSync("npm", ["install", "--ignore-scripts"], { stdio: "inherit" });
  if (linked.status !== 0) process.exit(1);
  spawnSync(process.execPath, ["tools/complete-lock.mjs"], { stdio: "inherit" });
}
console.log(`${dir} is ${name}. Next: npm run build && npm test`);
