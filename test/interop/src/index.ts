/** Davit and containerd driven by programs we did not write, and compared. @packageDocumentation */
export { compare, differing, type Compared } from "./compare.ts";
export { Ctr, type Background, type CommandOptions, type CtrOptions } from "./ctr.ts";
export { driverOf, type Driver } from "./driver.ts";
export { debian, generationMissing, newest, type Generation } from "./generation.ts";
export { normalise, RULES, SINCE_TWO, type Places, type Rule } from "./normalise.ts";
export { places, Side, startContainerd, startDavitd, type Launch } from "./side.ts";
export { entryOf, formatEntry, type Entry } from "./transcript.ts";
