// Runs the programs of a README and compares what they print with what the README says they print.
// A fence ```js run or ```sh run is a program; the ```text output that follows is its standard output.
// In the output a line `…` stands for any lines, and `…` within a line for any text.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const FENCE =
  /^```(js|sh) run(?:,(root))?\n(.*?)^```\n(?:\s*(?:^[^`\n].*\n)*\s*^```text output\n(.*?)^```$)?/gms;

const programs = [...readFileSync("README.md", "utf8").matchAll(FENCE)];

test("the README has a program that runs", () => {
  assert.ok(programs.length > 0, "no ```js run or ```sh run block in README.md");
});

for (const [index, [, language, root, source, expected]] of programs.entries()) {
  const skip = root && process.getuid() !== 0 ? "needs root" : false;
  test(`README program ${index + 1} prints what the README says`, { skip }, () => {
    assert.ok(expected !== undefined, "the program has no ```text output block");
    // Inside the package, so that the package's own name and its dependencies resolve as a user's would.
    const dir = mkdtempSync(join(process.cwd(), "dist", "readme-"));
    try {
      const file = join(dir, language === "js" ? "program.mjs" : "program.sh");
      writeFileSync(file, source);
      const ran = spawnSync(language === "js" ? process.execPath : "sh", [file], {
        encoding: "utf8",
        timeout: 60_000,
      });
      assert.equal(ran.status, 0, `exit ${ran.status ?? ran.signal}\n${ran.stdout}${ran.stderr}`);
      assert.match(ran.stdout.trimEnd(), pattern(expected.trimEnd()), `the program printed:\n${ran.stdout}`);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

function pattern(text) {
  const lines = text.split("\n").map((line) =>
    line === "…"
      ? "[^]*?"
      : line
          .split("…")
          .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
          .join(".*?"),
  );
  return new RegExp(`^${lines.join("\n")}$`);
}
