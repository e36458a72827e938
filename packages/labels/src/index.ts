/** Label limits, label updates and the well-known label names. @packageDocumentation */
export * from "./names.ts";
export { copyLabels, mergeLabels, type Labels } from "./labels.ts";
export { mapKeyOf, unknownPathOf, updateLabels } from "./update.ts";
export { MAX_LABEL_BYTES, validateLabel, validateLabels } from "./validate.ts";
