/** Where a plugin keeps the bundles it owns: one folder per namespace and id below each of the two. */
export interface BundleFolders {
  /** Holds the work directories, which survive a reboot. */
  readonly root: string;
  /** Holds the bundles themselves. */
  readonly state: string;
}

/** The folder a shim is started in: an OCI bundle with the files that daemon and shim leave for each other. */
export interface Bundle {
  readonly id: string;
  readonly namespace: string;
  /** `<state>/<namespace>/<id>` */
  readonly path: string;
  /** `<root>/<namespace>/<id>`, to which the link `work` in the bundle leads. */
  readonly workPath: string;
  readonly folders: BundleFolders;
}
