/** Registry client: resolve, fetch, authenticate, hosts.toml. @packageDocumentation */

export const name: string = "@davit/remotes";
