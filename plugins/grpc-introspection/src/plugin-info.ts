import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import type { PluginInfoRequest, PluginInfoResponseSchema } from "@davit/api/services/introspection";
import {
  FailedPreconditionError,
  NotFoundError,
  NotImplementedError,
  UnknownError,
  wireMessage,
} from "@davit/errdefs";
import { isPluginInfoProvider } from "@davit/introspection";
import { runAs, uriOf, type PluginEntry, type PluginList } from "@davit/plugin";
import {
  CRI_CONTAINER_METADATA_URL,
  CRI_SANDBOX_METADATA_URL,
  OCI_FEATURES_URL,
  OCI_LINUX_RESOURCES_URL,
  OCI_PROCESS_URL,
  OCI_SPEC_URL,
  OCI_WINDOWS_RESOURCES_URL,
  type Any,
} from "@davit/typeurl";
import { pluginToProto } from "./convert.ts";

/** What an Any may hold beside messages (reference 01 §7). */
const JSON_TYPES: ReadonlySet<string> = new Set([
  OCI_SPEC_URL,
  OCI_PROCESS_URL,
  OCI_LINUX_RESOURCES_URL,
  OCI_WINDOWS_RESOURCES_URL,
  OCI_FEATURES_URL,
  CRI_SANDBOX_METADATA_URL,
  CRI_CONTAINER_METADATA_URL,
]);

type Response = MessageInitShape<typeof PluginInfoResponseSchema>;

/** Introspection.PluginInfo: what the list says of a plugin and, when options ask, what the plugin says itself. */
export async function pluginInfo(
  plugins: PluginList,
  { type, id, options }: Pick<PluginInfoRequest, "type" | "id" | "options">,
): Promise<Response> {
  if (options !== undefined) await checkOptions(options);
  const entry = plugins.get(uriOf({ type, id }));
  // `a.v1` + `v1.x` and `a.v1.v1` + `x` have the same URI.
  if (entry === undefined || entry.id !== id) throw new NotFoundError(`plugin ${type}.${id} not found`);
  const plugin = pluginToProto(entry);
  if (options === undefined) return { plugin };
  const { typeUrl, value } = await ask(entry, options);
  return { plugin, extra: { typeUrl, value } };
}

function ask({ instance, error }: PluginEntry, options: Any): Promise<Any> {
  if (error !== undefined || instance === undefined)
    throw new FailedPreconditionError("cannot get extra info, plugin not successfully loaded");
  if (!isPluginInfoProvider(instance))
    throw new NotImplementedError("plugin does not provided extra information"); // containerd's words
  const { typeUrl, value } = options;
  return runAs(instance, () => instance.pluginInfo({ typeUrl, value }));
}

/** Refuses what containerd could not decode: types that its API does not have, and bytes that are no value of theirs. */
async function checkOptions({ typeUrl, value }: Any): Promise<void> {
  const fail = (why: string): never => {
    throw new UnknownError(`failed to unmarshal plugin info Options: ${why}`);
  };
  if (JSON_TYPES.has(typeUrl)) return;
  // All messages there are: loaded only by the few who ask.
  const { allTypes } = await import("@davit/api");
  const type = allTypes.getMessage(typeUrl.slice(typeUrl.lastIndexOf("/") + 1));
  if (type === undefined) return fail(`type with url ${typeUrl}: not found`);
  try {
    fromBinary(type, value);
  } catch (err) {
    fail(wireMessage(err));
  }
}
