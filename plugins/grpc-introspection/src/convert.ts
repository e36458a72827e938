import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DeprecationWarningSchema, PluginSchema } from "@davit/api/services/introspection";
import type { StatusSchema } from "@davit/api/rpc";
import type { PlatformSchema } from "@davit/api/types";
import { toStatus, wireMessage } from "@davit/errdefs";
import type { Warning } from "@davit/introspection";
import { parsePlatform } from "@davit/platforms";
import { isSkipPlugin, type PluginEntry } from "@davit/plugin";
import { toTimestamp } from "@davit/time";

const CODE_UNKNOWN = 2;
/** By these words clients know a plugin that was skipped, and show nothing else of the error. */
const SKIP = "skip plugin";

export function pluginToProto(plugin: PluginEntry): MessageInitShape<typeof PluginSchema> {
  const { type, id, requires, platforms, exports, capabilities, error } = plugin;
  return {
    type,
    id,
    requires: [...requires],
    platforms: platforms.map(platformToProto),
    exports: { ...exports },
    capabilities: [...capabilities],
    ...(error === undefined ? {} : { initErr: errorToProto(error) }),
  };
}

export const warningToProto = ({
  id,
  message,
  lastOccurrence,
}: Warning): MessageInitShape<typeof DeprecationWarningSchema> => ({
  id,
  message,
  lastOccurrence: toTimestamp(lastOccurrence),
});

/** A platform as a plugin has written it. What is none is shown as it stands: the list of plugins is where one looks for mistakes. */
function platformToProto(text: string): MessageInitShape<typeof PlatformSchema> {
  try {
    const { os, architecture, variant = "", osVersion = "", osFeatures = [] } = parsePlatform(text);
    return { os, architecture, variant, osVersion, osFeatures: [...osFeatures] };
  } catch {
    return { os: text };
  }
}

/** Skips are of code Unknown whatever their cause. */
function errorToProto(error: unknown): MessageInitShape<typeof StatusSchema> {
  if (!isSkipPlugin(error)) {
    const { code, message, details = [] } = toStatus(error);
    return { code, message, details: details.map(({ typeUrl, value }) => ({ typeUrl, value })) };
  }
  const message = wireMessage(error);
  return { code: CODE_UNKNOWN, message: message.includes(SKIP) ? message : `${message}: ${SKIP}` };
}
