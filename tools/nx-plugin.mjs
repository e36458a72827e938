// Gives every package with a tsconfig.json its targets, so that package.json files carry none.
// run-commands starts the tool itself: no `npm run` in between (about 0.3 s per task).
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

export const name = "davit-targets";

/** The programs that suites, and the tests of the programs, start. */
const APPS = ["@davit/davitd", "@davit/davit"];

export const createNodesV2 = [
  "{packages,plugins,apps,test}/*/package.json",
  (files, _options, { workspaceRoot }) =>
    files.map((file) => [
      file,
      { projects: { [dirname(file)]: { targets: targetsOf(dirname(file), workspaceRoot) } } },
    ]),
];
export const createNodes = createNodesV2;

function targetsOf(root, workspaceRoot) {
  const has = (path) => existsSync(join(workspaceRoot, root, path));
  const run = (command, more = {}) => ({
    executor: "nx:run-commands",
    options: { command, cwd: root },
    ...more,
  });
  const targets = {};
  if (has("buf.gen.yaml")) targets.generate = run("buf generate");
  if (!has("tsconfig.json")) return targets;
  targets.build = run("tsc -p tsconfig.json");
  // What lies under test/ drives this machine: it never comes from the cache, and runs one at a time.
  const suite = root.startsWith("test/");
  const app = root.startsWith("apps/");
  const bundles = { target: "bundle", projects: APPS };
  targets.test = run("node ../../tools/run-tests.mjs", {
    // Here, not among nx.json's targetDefaults: these would win.
    cache: !suite,
    parallelism: !suite,
    dependsOn: suite || app ? ["build", bundles] : ["build"],
  });
  if (app) targets.bundle = run("node ../../tools/bundle.mjs");
  return targets;
}
