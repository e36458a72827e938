/** Benchmarks: containerd beside Davit in the same run. @packageDocumentation */

export const name: string = "@davit/test-bench";
