import { needs } from "@davit/test-support";
import { runBench } from "./bench.ts";
import { measures } from "./measures/index.ts";
import { parseOptions, usage } from "./options.ts";
import { toJson, toText } from "./report.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options === undefined) {
      process.stdout.write(usage(measures.map(({ name }) => name)));
      return 0;
    }
    const missing = needs("root", "runc", "docker-registry", "busybox");
    if (missing !== false) throw new Error(missing);
    const result = await runBench(options, (measure) => process.stderr.write(`measuring ${measure}\n`));
    process.stdout.write(options.format === "json" ? toJson(result) : toText(result));
    return result.failures.length === 0 ? 0 : 1;
  } catch (err) {
    process.stderr.write(`bench: ${err instanceof Error ? err.message : String(err)}\n`);
    return 1;
  }
}
