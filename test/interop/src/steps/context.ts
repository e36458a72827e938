import type { ImageDescriptor } from "@davit/test-support";
import type { Driver } from "../driver.ts";
import type { Generation } from "../generation.ts";

/** What all steps are about: images in a registry that both daemons reach, and who asks. */
export interface Context {
  readonly generation: Generation;
  /** A reference that both daemons have pulled and unpacked on overlayfs: busybox for two platforms. */
  readonly image: string;
  /** Its parts. */
  readonly parts: {
    readonly index: ImageDescriptor;
    readonly manifest: ImageDescriptor;
    /** Of its layers: the name of the committed snapshot. */
    readonly chainId: string;
  };
  /** References that nobody has pulled yet, each with layers of its own. */
  readonly fresh: readonly string[];
}

/** Drives one daemon; run once for each. It does the same with both: what differs between them is the finding. */
export type Steps = (driver: Driver, context: Context) => Promise<void>;

/** Steps by what they show. */
export type Scenarios = Readonly<Record<string, Steps>>;

/** Flags for a client's own pull: the only kind that ctr 1.6 knows. */
export const local = ({ generation }: Pick<Context, "generation">): string[] =>
  generation.isTwo ? ["--local"] : [];
