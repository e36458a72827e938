/** The ttrpc server on a unix socket: io.containerd.server.v1.ttrpc. @packageDocumentation */

export const name: string = "@davit/plugin-server-ttrpc";
