import { newest } from "./generation.ts";
import { ctrSuite } from "./suite.ts";

ctrSuite(newest);
