import { startContainerd } from "@davit/test-support";
import { containerdBenchMissing } from "./testing/davit.ts";
import { davitSuite } from "./testing/suite.ts";

davitSuite({ name: "containerd", missing: containerdBenchMissing, start: startContainerd });
