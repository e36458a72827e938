/** Node versions the published packages run on. */
export const ENGINES = "^24.11.0 || >=26.0.0";

/** The npm name of a package: `ttrpc-node` and `create-davit-plugin` alone carry no scope. */
export function npmName(kind, folder) {
  if (folder === "ttrpc-node" || folder === "create-davit-plugin") return folder;
  return kind === "plugin"
    ? `@davit/plugin-${folder}`
    : `@davit/${kind === "test" ? `test-${folder}` : folder}`;
}
