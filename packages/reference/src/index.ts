/** Image references as containerd reads them. @packageDocumentation */

export const name: string = "@davit/reference";
