/** The log of the daemon: pino with containerd's fields and text format. @packageDocumentation */

export const name: string = "@davit/log";
