import { debian } from "./generation.ts";
import { ctrSuite } from "./suite.ts";

ctrSuite(debian);
