/** Layers: decompress, verify and unpack in place on worker threads. @packageDocumentation */

export const name: string = "@davit/archive";
