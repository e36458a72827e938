/** The scope to read a repository, as registries' token servers know it (distribution docs/spec/auth/scope.md). */
export const pullScope = (repository: string): string => `repository:${repository}:pull`;

/** The scope to write a repository, which includes reading it. */
export const pushScope = (repository: string): string => `repository:${repository}:pull,push`;

/** Scopes without duplicates, in a fixed order: equal sets are equal lists. */
export const uniqueScopes = (scopes: readonly string[]): readonly string[] =>
  [...new Set(scopes.filter((scope) => scope !== ""))].sort();
