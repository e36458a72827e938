// The rule of dependencies, checked over package.json, tsconfig references and imports: `node tools/check-boundaries.mjs [root]`.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { FOLDER, MAY_IMPORT } from "./kinds.mjs";

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*["']([^"']+)["']|\b(?:import|require)\(\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']/g;
const REQUIRED = ["README.md", "LICENSE", "package.json", "tsconfig.json"];

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));
const packageOf = (specifier) =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
const stripComments = (text) => text.replace(/\/\*[^]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");

/** What breaks the rule below `root`, a sentence each. */
export function violations(root) {
  const packages = new Map();
  for (const file of globSync(join(root, "{packages,plugins,apps,test}/*/package.json"))) {
    const manifest = readJson(file);
    const kind = manifest.nx?.tags?.find((tag) => tag.startsWith("kind:"))?.slice(5);
    packages.set(manifest.name, { dir: dirname(file), manifest, kind });
  }
  return [...packages.values()].flatMap((pkg) => [
    ...checkManifest(pkg, packages, root),
    ...checkImports(pkg, packages, root),
  ]);
}

function checkManifest({ dir, manifest, kind }, packages, root) {
  const bad = [];
  const where = relative(root, dir);
  if (!MAY_IMPORT[kind])
    return [`${where}: nx.tags has no known kind: (one of ${Object.keys(MAY_IMPORT).join(", ")})`];
  if (!where.startsWith(`${FOLDER[kind]}/`)) bad.push(`${where}: a ${kind} lives in ${FOLDER[kind]}/`);
  for (const file of REQUIRED) {
    if (file === "LICENSE" && manifest.private) continue;
    if (!existsSync(join(dir, file))) bad.push(`${where}: ${file} is missing`);
  }
  for (const key of ["exports", "engines", "license", ...(manifest.private ? [] : ["files", "description"])])
    if (!manifest[key]) bad.push(`${where}: package.json has no ${key}`);
  const declared = declaredBy(manifest);
  const wanted = [...declared.all].filter((name) => packages.has(name)).map((name) => packages.get(name).dir);
  const references = (readJson(join(dir, "tsconfig.json")).references ?? []).map(({ path }) =>
    join(dir, path),
  );
  for (const path of wanted.filter((path) => !references.includes(path)))
    bad.push(`${where}: tsconfig.json lacks a reference to ${relative(root, path)}`);
  for (const path of references.filter((path) => !wanted.includes(path)))
    bad.push(`${where}: tsconfig.json refers to ${relative(root, path)}, which package.json does not name`);
  // What only tests need may be anything but a plugin of a neighbour: several plugins together are tested under test/.
  for (const name of declared.development) {
    const to = packages.get(name);
    if (to?.kind === "plugin" && kind === "plugin")
      bad.push(`${where}: a plugin may not depend on the plugin ${name}`);
  }
  return bad;
}

function checkImports({ dir, manifest, kind }, packages, root) {
  const bad = [];
  const declared = declaredBy(manifest);
  const used = new Set();
  for (const file of globSync(join(dir, "src/**/*.{ts,mts}"))) {
    const isTest = /\.test\.ts$|\/testing\//.test(file);
    const where = relative(root, file);
    for (const match of stripComments(readFileSync(file, "utf8")).matchAll(IMPORT)) {
      const specifier = match[1] ?? match[2] ?? match[3];
      if (specifier.startsWith(".")) {
        if (!join(dirname(file), specifier).startsWith(join(dir, "src")))
          bad.push(`${where}: ${specifier} leaves the package`);
        continue;
      }
      if (specifier.startsWith("node:")) continue;
      const name = packageOf(specifier);
      if (name === manifest.name) continue;
      used.add(name);
      if (!declared.runtime.has(name) && !(isTest && declared.development.has(name)))
        bad.push(`${where}: ${name} is not declared in package.json`);
      const to = packages.get(name);
      if (to && !isTest && !MAY_IMPORT[kind]?.includes(to.kind))
        bad.push(`${where}: a ${kind} may not import ${name} (${to.kind})`);
    }
  }
  for (const name of declared.all)
    if (packages.has(name) && !used.has(name) && !(name === "@davit/plugin" && kind === "plugin"))
      bad.push(`${relative(root, dir)}: ${name} is declared and never imported`);
  return bad;
}

function declaredBy({
  dependencies = {},
  peerDependencies = {},
  optionalDependencies = {},
  devDependencies = {},
}) {
  const runtime = new Set(Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }));
  const development = new Set(Object.keys(devDependencies));
  return { runtime, development, all: new Set([...runtime, ...development]) };
}

if (import.meta.main ?? process.argv[1] === import.meta.filename) {
  const bad = violations(process.argv[2] ?? process.cwd());
  for (const line of bad) console.error(line);
  if (bad.length > 0) process.exit(1);
  console.log("boundaries: every dependency points the right way");
}
