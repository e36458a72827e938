/** The image store: names and the descriptors they point to. @packageDocumentation */

export const name: string = "@davit/images";
