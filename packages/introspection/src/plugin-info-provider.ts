import type { Any } from "@davit/typeurl";

/** An instance of a plugin that tells more of itself than what its registration says (in containerd only `io.containerd.runtime.v2.task`). */
export interface PluginInfoProvider {
  /**
   * Answers a request whose type the API knows, though the provider may not.
   * @throws NotImplementedError `unknown request type …` for a type of another.
   */
  pluginInfo(options: Any): Promise<Any>;
}

/** Whether what a plugin's `init` returned is a {@link PluginInfoProvider}. */
export function isPluginInfoProvider(instance: unknown): instance is PluginInfoProvider {
  return (
    typeof instance === "object" &&
    instance !== null &&
    "pluginInfo" in instance &&
    typeof instance.pluginInfo === "function"
  );
}
