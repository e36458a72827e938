/** Mounts as containerd describes them, and how they are made. @packageDocumentation */

export const name: string = "@davit/mount";
