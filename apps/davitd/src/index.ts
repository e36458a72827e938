/** The Davit daemon: a list of plugins. @packageDocumentation */

export const name: string = "@davit/davitd";
