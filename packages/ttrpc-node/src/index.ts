/** ttrpc for Node: client and server, unary and streaming. @packageDocumentation */

export const name: string = "ttrpc-node";
