/** What an image is built for, in Go's words (OCI image-spec v1.1 image-index.md). Absent and `""` mean the same. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly osFeatures?: readonly string[];
}

/** Makes a platform without members that say nothing. */
export function makePlatform(
  os: string,
  architecture: string,
  variant: string = "",
  { osVersion = "", osFeatures = [] }: Pick<Platform, "osVersion" | "osFeatures"> = {},
): Platform {
  return {
    os,
    architecture,
    ...(variant !== "" && { variant }),
    ...(osVersion !== "" && { osVersion }),
    ...(osFeatures.length > 0 && { osFeatures }),
  };
}

/**
 * The canonical form: lower case, Go's names (`x86_64` is amd64, `macos` is darwin), usual variants left out (`v8` of
 * arm64, `v1` of amd64) or, for arm, put in (`v7`); features sorted, each once. An empty os stays empty: whoever reads
 * an image knows better than this host.
 */
export function normalizePlatform(platform: Platform): Platform {
  const { architecture, variant } = normalizeArchitecture(platform.architecture, platform.variant);
  const { osVersion = "", osFeatures = [] } = platform;
  const features = [...new Set(osFeatures)].sort();
  return makePlatform(normalizeOs(platform.os), architecture, variant, { osVersion, osFeatures: features });
}

/** Lower case, `macos` as darwin. */
export function normalizeOs(os: string): string {
  const lower = os.toLowerCase();
  return lower === "macos" ? "darwin" : lower;
}

/** Architecture and variant in canonical form; the variant `""` when it is the usual one. */
export function normalizeArchitecture(
  anyArchitecture: string,
  anyVariant: string = "",
): { architecture: string; variant: string } {
  const [architecture, variant] = [anyArchitecture.toLowerCase(), anyVariant.toLowerCase()];
  switch (architecture) {
    case "i386":
      return { architecture: "386", variant: "" };
    case "x86_64":
    case "x86-64":
    case "amd64":
      return { architecture: "amd64", variant: variant === "v1" ? "" : variant };
    case "aarch64":
    case "arm64":
      return { architecture: "arm64", variant: arm64Variants[variant] ?? variant };
    case "armhf":
      return { architecture: "arm", variant: "v7" };
    case "armel":
      return { architecture: "arm", variant: "v6" };
    case "arm":
      return { architecture, variant: armVariants[variant] ?? variant };
    default:
      return { architecture, variant };
  }
}

const arm64Variants: Readonly<Record<string, string>> = {
  "8": "",
  v8: "",
  "v8.0": "",
  "9": "v9",
  "9.0": "v9",
  "v9.0": "v9",
};
const armVariants: Readonly<Record<string, string>> = {
  "": "v7",
  "5": "v5",
  "6": "v6",
  "7": "v7",
  "8": "v8",
};
