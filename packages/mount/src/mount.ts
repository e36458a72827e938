/** A mount still to be made (containerd.types.Mount). */
export interface Mount {
  /** File system type: `bind`, `overlay`, `ext4` … */
  readonly type: string;
  readonly source: string;
  /** Path below the place it is mounted at; absent is that place itself. */
  readonly target?: string | undefined;
  readonly options: readonly string[];
}
