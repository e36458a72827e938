/** createDaemon(): configuration, boot order, servers and signals; no plugin is named here. @packageDocumentation */

export const name: string = "@davit/daemon";
