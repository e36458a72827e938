/** The identifier rule of containerd for namespaces, containers, execs and topics. @packageDocumentation */
export { isIdentifier, MAX_IDENTIFIER_BYTES, validateIdentifier } from "./identifier.ts";
