/** Events: publish, forward and subscribe. @packageDocumentation */

export const name: string = "@davit/events";
