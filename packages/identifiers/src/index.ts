/** The identifier rule of containerd for namespaces, containers, execs and topics. @packageDocumentation */

export const name: string = "@davit/identifiers";
