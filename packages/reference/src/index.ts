/** Image references as containerd reads them, and Docker's short names. @packageDocumentation */
export { familiarDockerReference, normalizeDockerReference } from "./docker.ts";
export { parseReference, Reference } from "./reference.ts";
