/** Content digests: parse, validate, compute and verify. @packageDocumentation */
export { chainId, chainIds } from "./chain-id.ts";
export {
  algorithmOf,
  algorithms,
  canonical,
  digestFromHex,
  encodedOf,
  isAlgorithm,
  isDigest,
  parseDigest,
  type Algorithm,
  type Digest,
} from "./digest.ts";
export { Digester, digestOf, digestOfStream, verifier, type Verifier } from "./digester.ts";
