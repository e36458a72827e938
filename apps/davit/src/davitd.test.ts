import { startDavitd } from "@davit/test-support";
import { davitdBenchMissing } from "./testing/davit.ts";
import { davitSuite } from "./testing/suite.ts";

davitSuite({ name: "davitd", missing: davitdBenchMissing, start: () => startDavitd() });
