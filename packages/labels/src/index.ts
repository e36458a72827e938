/** Label limits and the well-known label names. @packageDocumentation */

export const name: string = "@davit/labels";
