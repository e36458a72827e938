import type { CallOptions } from "@davit/namespaces";
import { pluginType, type PluginType } from "@davit/plugin";
import type { Stream } from "./stream.ts";

export const StreamingPlugin: PluginType<StreamManager> = pluginType<StreamManager>(
  "io.containerd.streaming.v1",
);

/** A stream that a client has opened. */
export interface RegisteredStream {
  /** "" is a space of its own: streams need no namespace. */
  readonly namespace: string;
  readonly id: string;
  /** The lease of the call that opened it: without that lease the stream is garbage. */
  readonly lease?: string | undefined;
  readonly stream: Stream;
}

/** Knows the open streams by namespace and id, so that a request can name one. */
export interface StreamManager {
  /**
   * Makes a stream known until what is returned is disposed: its owner does so when the stream ends.
   * @throws AlreadyExistsError while another has the id; NotFoundError `lease does not exist` for the lease of the call.
   */
  register(id: string, stream: Stream, options: CallOptions): Promise<Disposable>;
  /** @throws NotFoundError when the namespace has no stream of that id. */
  get(id: string, options: CallOptions): Promise<Stream>;
  /** All there are, for whoever collects garbage. */
  list(): readonly RegisteredStream[];
}
