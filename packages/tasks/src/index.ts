/** The tasks service: processes of containers. @packageDocumentation */

export const name: string = "@davit/tasks";
