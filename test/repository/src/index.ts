/** The repository itself: the rule of dependencies, the generator, the list of plugins. @packageDocumentation */
export { REFERENCE } from "./reference-plugins.ts";
