/** What the daemon tells of itself: plugins, warnings, identity. @packageDocumentation */

export const name: string = "@davit/introspection";
