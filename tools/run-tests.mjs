// Runs one package's compiled tests and the programs of its README; leaves the counts for tools/test.mjs.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";

const RESULTS = "coverage/results.json";
const tool = (name) => new URL(name, import.meta.url).pathname;

rmSync("coverage", { recursive: true, force: true });
mkdirSync("coverage");
// A test file whose source is gone is a stale build product, not a test.
const files = globSync("dist/**/*.test.js").filter((file) =>
  existsSync(file.replace(/^dist/, "src").replace(/\.js$/, ".ts")),
);
if (files.length === 0) {
  console.error(`${process.cwd()}: no test found: a package without a test is not done`);
  writeFileSync(RESULTS, '{"passed":0,"failed":1}\n');
  process.exit(1);
}
if (existsSync("README.md")) files.push(tool("./readme.test.mjs"));
// nx asks for colours, which would be in what programs under test print.
const { FORCE_COLOR: _, ...environment } = process.env;
const result = spawnSync(
  process.execPath,
  [
    "--enable-source-maps",
    "--test",
    // Suites that own ports, mounts and daemons of this machine run one file at a time.
    ...(process.cwd().includes("/test/") ? ["--test-concurrency=1"] : []),
    `--test-timeout=${process.env.DAVIT_TEST_TIMEOUT_MS ?? 300_000}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${tool("./reporter.mjs")}`,
    `--test-reporter-destination=${RESULTS}`,
    ...files,
  ],
  {
    stdio: "inherit",
    env: {
      ...environment,
      NO_COLOR: "1",
      PATH: [tool("../node_modules/.bin"), process.env.PATH].join(delimiter),
    },
  },
);
process.exit(result.status ?? 1);
