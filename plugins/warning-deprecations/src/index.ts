/** The store of deprecation warnings: io.containerd.warning.v1.deprecations. @packageDocumentation */

export const name: string = "@davit/plugin-warning-deprecations";
