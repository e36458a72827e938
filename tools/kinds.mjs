// The rule of dependencies: which kind of package may import which. ARCHITECTURE: libraries ◄ kernel ◄ interfaces ◄ toolkits ◄ plugins ◄ apps.

/** kind → kinds it may depend on (its own included only where packages of that kind may stand on each other). */
export const MAY_IMPORT = {
  library: ["library"],
  kernel: ["library"],
  interface: ["library", "kernel", "interface"],
  toolkit: ["library", "kernel", "interface", "toolkit"],
  plugin: ["library", "kernel", "interface", "toolkit"],
  app: ["library", "kernel", "interface", "toolkit", "plugin", "app"],
  test: ["library", "kernel", "interface", "toolkit", "plugin", "app", "test"],
};

/** kind → the folder its packages live in. */
export const FOLDER = {
  library: "packages",
  kernel: "packages",
  interface: "packages",
  toolkit: "packages",
  plugin: "plugins",
  app: "apps",
  test: "test",
};

export const KINDS = Object.keys(MAY_IMPORT);
