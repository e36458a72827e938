/** The Davit command line. @packageDocumentation */
export { main } from "./cli.ts";
export { bashCompletion } from "./completion-bash.ts";
export { zshCompletion } from "./completion-zsh.ts";
export { buildProgram } from "./program.ts";
