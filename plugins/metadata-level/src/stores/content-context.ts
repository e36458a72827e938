import type { ContentStore } from "@davit/content";
import type { Digest } from "@davit/digest";
import { keyOf } from "../db/keys.ts";
import type { StoreContext } from "./context.ts";

/** `shared`: a blob that another namespace has needs no bytes; `isolated`: it does, to prove that the client has it. */
export type SharingPolicy = "shared" | "isolated";

/** What the content stores of all namespaces stand on. */
export interface ContentContext extends StoreContext {
  /** Where the bytes are, of all namespaces together. */
  readonly backend: ContentStore;
  readonly policy: SharingPolicy;
}

/** The lock over the bytes of a blob, which all namespaces share: held by what makes, records or drops them. */
export const blobLock = (digest: Digest): string => keyOf("content", digest);
