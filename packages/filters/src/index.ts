/** containerd's filter language: parse a filter and match objects against it. @packageDocumentation */

export const name: string = "@davit/filters";
