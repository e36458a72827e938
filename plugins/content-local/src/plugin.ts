import { ContentPlugin, type ContentStore } from "@davit/content";
import { plugin, type InitContext, type Plugin } from "@davit/plugin";
import { LocalStore } from "./store.ts";

/** `io.containerd.content.v1.content`: a {@link LocalStore} in the plugin's root, which is exported as `root`. */
@plugin({ type: ContentPlugin, id: "content" })
export class ContentLocalPlugin implements Plugin<ContentStore> {
  init({ root, exports, log }: InitContext): Promise<ContentStore> {
    exports["root"] = root;
    return LocalStore.open(root, { log });
  }
}
