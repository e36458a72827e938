import type { CallOptions } from "@davit/namespaces";
import type { Descriptor } from "@davit/oci";
import { pluginType, type PluginType } from "@davit/plugin";

export const ImageVerifierPlugin: PluginType<ImageVerifier> = pluginType<ImageVerifier>(
  "io.containerd.image-verifier.v1",
);

/** Says whether an image may be pulled (containerd pkg/imageverifier). Every one that is loaded is asked. */
export interface ImageVerifier {
  /** `name` is the reference, `descriptor` what it resolved to. What it throws blocks the pull, too. */
  verify(name: string, descriptor: Descriptor, options: CallOptions): Promise<Judgement>;
}

/** What a verifier thinks. */
export interface Judgement {
  readonly ok: boolean;
  readonly reason: string;
}
