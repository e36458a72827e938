/** The Davit daemon: a list of plugins. @packageDocumentation */
export { plugins } from "./plugins.ts";
