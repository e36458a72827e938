import type { Content } from "@davit/api/services/content";
import type { Client } from "@davit/grpc/client";
import { serviceCallTests } from "./service-calls.ts";
import { serviceWriteTests } from "./service-writes.ts";
import { uniqueNamespace, type ContentSupports, type ServiceDefine } from "./trial.ts";

/** What the suite of the service needs of its user. */
export interface ContentServiceSuite {
  /** `test` of node:test, Vitest, Jest, … */
  readonly test: (name: string, body: () => Promise<void>) => unknown;
  /** Opens a client of a content service; the suite closes it. */
  readonly open: () => Promise<{ readonly client: Client<typeof Content> } & AsyncDisposable>;
  readonly supports?: Pick<ContentSupports, "sharing">;
}

/**
 * Defines tests of containerd's content service on the wire: what a client sees that is not the store's doing, such as
 * batches, chunks, the conversation of a Write, and texts that clients know.
 */
export function contentServiceSuite({ test, open, supports = {} }: ContentServiceSuite): void {
  const define: ServiceDefine = (name, body) => {
    test(name, async () => {
      await using opened = await open();
      await body({ client: opened.client, call: { namespace: uniqueNamespace() } });
    });
  };
  serviceCallTests(define);
  serviceWriteTests(define, supports);
}
