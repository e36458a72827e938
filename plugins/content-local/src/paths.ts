import { createHash } from "node:crypto";
import { join } from "node:path";
import { algorithmOf, encodedOf, type Digest } from "@davit/digest";

/** Where committed blobs lie: `blobs/<algorithm>/<hex>`. */
export const blobsRoot = (root: string): string => join(root, "blobs");

/** The file of a committed blob. */
export const blobPath = (root: string, digest: Digest): string =>
  join(blobsRoot(root), algorithmOf(digest), encodedOf(digest));

/** Where ingests lie, a directory each. */
export const ingestsRoot = (root: string): string => join(root, "ingest");

/** The directory of an ingest: named by the hash of its ref, since a ref may hold any character and be of any length. */
export const ingestPath = (root: string, ref: string): string =>
  join(ingestsRoot(root), createHash("sha256").update(ref).digest("hex"));
