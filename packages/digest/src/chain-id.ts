import { digestOf } from "./digester.ts";
import type { Digest } from "./digest.ts";

/**
 * The chain ID of each layer, bottom first: of the lowest its diffID, above it the digest of the chain ID beneath, a
 * blank, and the diffID (OCI image-spec v1.1 config.md, "Layer ChainID").
 */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}

/** The chain ID of a stack of layers, bottom first; `""` (no parent snapshot) of none. */
export const chainId = (diffIds: readonly Digest[]): Digest | "" => chainIds(diffIds).at(-1) ?? "";
