/** The same calls to two daemons, and every difference in the answers. @packageDocumentation */
export { action, callsOf, scenario, type Call, type Scenario, type Step } from "./case.ts";
export { differences, formatDifference, type Difference } from "./differences.ts";
export { IntendedDifferences, type Intended } from "./intended.ts";
export { compare, play, type Finding } from "./play.ts";
export { Side, type Daemon } from "./side.ts";
