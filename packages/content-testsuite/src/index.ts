/** The contract of a content store, executable by anyone; and a store in memory that keeps it. @packageDocumentation */
export { MemoryStore } from "./memory-store.ts";
export { contentServiceSuite, type ContentServiceSuite } from "./service-suite.ts";
export { contentStoreSuite, type ContentSuite } from "./suite.ts";
export type { ContentSupports } from "./trial.ts";
