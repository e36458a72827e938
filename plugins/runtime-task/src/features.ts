import type { RuntimeInfo } from "@davit/api/types";
import { OCI_FEATURES_URL, type Any } from "@davit/typeurl";

/** What is looked at in an OCI spec. */
interface SpecParts {
  readonly mounts?: readonly {
    readonly options?: readonly string[];
    readonly uidMappings?: readonly unknown[];
    readonly gidMappings?: readonly unknown[];
  }[];
}

/** What is looked at in the features of an OCI runtime. */
interface FeatureParts {
  readonly linux?: { readonly mountExtensions?: { readonly idmap?: { readonly enabled?: boolean } } };
}

/** Whether a container's spec has id-mapped mounts, which runtimes that do not know them make without a word as plain ones. */
export function usesIdmapMounts(spec: Any): boolean {
  const { mounts = [] } = (jsonOf(spec) ?? {}) as SpecParts;
  return mounts.some(
    ({ options = [], uidMappings = [], gidMappings = [] }) =>
      uidMappings.length + gidMappings.length > 0 || options.includes("idmap") || options.includes("ridmap"),
  );
}

/** @throws Error when the runtime tells its features and id-mapped mounts are not among them. */
export function requireIdmapMounts({ features }: RuntimeInfo): void {
  // A runtime that does not describe itself as runc does is believed to know what it can.
  if (features === undefined || features.typeUrl !== OCI_FEATURES_URL) return;
  const { linux } = (jsonOf(features) ?? {}) as FeatureParts;
  if (linux?.mountExtensions?.idmap?.enabled !== true)
    throw new Error("idmap mounts not supported: the runtime does not announce linux.mountExtensions.idmap");
}

function jsonOf({ value }: Pick<Any, "value">): object | undefined {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(value));
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined; // not an OCI spec, and so not for runc
  }
}
