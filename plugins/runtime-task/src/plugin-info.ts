import { create } from "@bufbuild/protobuf";
import { RuntimeInfoSchema, RuntimeRequestSchema } from "@davit/api/types";
import { NotImplementedError } from "@davit/errdefs";
import type { ShimManager } from "@davit/runtime";
import { isAnyOf, packAny, unpackAny, type Any } from "@davit/typeurl";

/**
 * Answers a RuntimeRequest with the RuntimeInfo of the shim binary (reference 00 §1.5).
 * @throws NotImplementedError `unknown request type *types.Mount` for a message of another type.
 */
export async function pluginInfo(
  shims: Pick<ShimManager, "runtimeInfo">,
  request: Any,
  signal?: AbortSignal,
): Promise<Any> {
  if (!isAnyOf(request, RuntimeRequestSchema))
    throw new NotImplementedError(`unknown request type *${goName(request.typeUrl)}`);
  const { runtimePath, options } = unpackAny(request, RuntimeRequestSchema);
  const info = await shims.runtimeInfo(runtimePath, { options, signal });
  return packAny(RuntimeInfoSchema, create(RuntimeInfoSchema, info));
}

/** What Go calls the type of a message: `containerd.types.Mount` → `types.Mount`. */
function goName(typeUrl: string): string {
  const name = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  const parts = name.split(".").filter((part) => !/^v\d+$/.test(part));
  return parts.slice(-2).join(".");
}
