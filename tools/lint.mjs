// `npm run lint`: format, lint with warnings as errors, boundaries, justified disabling comments, publishable packages.
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";

const quick = process.argv.includes("--quick");
const steps = [
  ["oxfmt", "--check", "."],
  ["oxlint", "--deny-warnings"],
  ["node", "tools/check-boundaries.mjs"],
];
let bad = 0;
for (const [command, ...args] of steps) {
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) bad++;
}

// A comment that turns a rule off says why: `// oxlint-disable-next-line rule -- reason`.
for (const file of globSync("{packages,plugins,apps,test,tools}/**/*.{ts,mjs}", {
  exclude: (name) => /(^|\/)(node_modules|dist|gen|coverage)$/.test(name),
})) {
  for (const [index, line] of readFileSync(file, "utf8").split("\n").entries()) {
    if (!/\/[/*]\s*(oxlint|eslint)-disable|\/\/\s*@ts-(ignore|expect-error|nocheck)/.test(line)) continue;
    if (/--\s+\S+|@ts-expect-error\s+\S+/.test(line)) continue;
    console.error(`${file}:${index + 1}: a disabling comment without a reason (-- why)`);
    bad++;
  }
}

if (!quick) {
  const { publint } = await import("publint");
  const { formatMessage } = await import("publint/utils");
  for (const file of globSync("{packages,plugins,apps}/*/package.json")) {
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    const pkgDir = file.slice(0, -"/package.json".length);
    if (manifest.private) continue;
    if (!existsSync(`${pkgDir}/dist`)) {
      console.error(`${pkgDir}: not built: publint checks what would be published (npm run build)`);
      bad++;
      continue;
    }
    const { messages, pkg } = await publint({ pkgDir, pack: "npm", strict: true });
    for (const message of messages) {
      console.error(`${pkgDir}: ${formatMessage(message, pkg)}`);
      bad++;
    }
  }
}
console.log(bad === 0 ? "lint: clean" : `lint: ${bad} of the checks complain`);
process.exit(bad === 0 ? 0 : 1);
