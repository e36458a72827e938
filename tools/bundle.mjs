// Bundles one app (the folder it is started in): its main module and the worker threads of the packages it stands on.
import { build } from "esbuild";
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { basename, join, resolve } from "node:path";

// One copy of the kernel for foreign plugins, and native addons, stay outside.
const EXTERNAL = ["@davit/plugin", "tsyringe", "reflect-metadata", "koffi", "classic-level"];
const root = resolve(import.meta.dirname, "..");
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const main = Object.keys(manifest.bin)[0];

/** `*.worker.js` of every workspace package the app reaches: a worker is found beside the module that starts it. */
function workers() {
  const seen = new Set();
  const queue = [manifest];
  const found = {};
  for (const { dependencies = {}, peerDependencies = {} } of queue) {
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      const dir = join(root, "node_modules", name);
      if (seen.has(name) || !name.match(/^@davit\/|^ttrpc-node$/) || !existsSync(dir)) continue;
      seen.add(name);
      queue.push(JSON.parse(readFileSync(join(dir, "package.json"), "utf8")));
      for (const file of globSync(join(dir, "dist/*.worker.js"))) found[basename(file, ".js")] = file;
    }
  }
  return found;
}

rmSync("dist/bundle", { recursive: true, force: true });
await build({
  entryPoints: { [main]: "dist/main.js", ...workers() },
  outdir: "dist/bundle",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  splitting: true,
  minifySyntax: true,
  sourcemap: true,
  sourcesContent: false,
  external: EXTERNAL,
  logLevel: "warning",
  banner: {
    // CommonJS dependencies inside an ES module.
    js: [
      `import { createRequire as davitCreateRequire } from "node:module";`,
      `import { dirname as davitDirname } from "node:path";`,
      `import { fileURLToPath as davitFileUrlToPath } from "node:url";`,
      `const require = davitCreateRequire(import.meta.url);`,
      `const __filename = davitFileUrlToPath(import.meta.url);`,
      `const __dirname = davitDirname(__filename);`,
    ].join("\n"),
  },
});
