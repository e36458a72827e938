/** The kernel of Davit: typed plugin tokens, a dependency graph, ordered start and reverse disposal. @packageDocumentation */

export const name: string = "@davit/plugin";
