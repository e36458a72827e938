import { keyOf } from "./keys.ts";

/** The version of everything the README says of keys and values. */
export const SCHEMA_VERSION = 1;

/** The first record of every database. */
export const SCHEMA_KEY: string = keyOf("meta", "schema");
