import { runDaemon } from "@davit/daemon";
import manifest from "@davit/davitd/package.json" with { type: "json" };
import { plugins } from "./plugins.ts";

await runDaemon({ name: "davitd", version: manifest.version, plugins });
