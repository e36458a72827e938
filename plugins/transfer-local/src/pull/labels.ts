import type { ContentStore } from "@davit/content";
import type { Digest } from "@davit/digest";
import { wireMessage } from "@davit/errdefs";
import { distributionSource, validateLabel, type Labels } from "@davit/labels";
import type { CallOptions } from "@davit/namespaces";
import type { Logger } from "@davit/plugin";
import { parseReference } from "@davit/reference";

/** Sets labels on a blob, where they are not there already. */
export async function labelBlob(
  content: ContentStore,
  digest: Digest,
  wanted: (present: Labels) => Labels,
  call: CallOptions,
): Promise<void> {
  const { labels: present } = await content.info(digest, call);
  const changes = Object.entries(wanted(present)).filter(([key, value]) => present[key] !== value);
  if (changes.length === 0) return;
  const fieldpaths = changes.map(([key]) => `labels.${key}`);
  await content.update({ digest, labels: Object.fromEntries(changes) }, { ...call, fieldpaths });
}

/** Where the blobs of a reference come from, as a label: `containerd.io/distribution.source.<host>` lists repositories. */
export class SourceLabel {
  readonly #key: string;
  readonly #repository: string;
  readonly #log: Logger;

  /** The host is written without its port, as in containerd. */
  constructor(reference: string, log: Logger) {
    const { hostname, repository } = parseReference(reference);
    this.#key = distributionSource(hostname.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1"));
    this.#repository = repository;
    this.#log = log;
  }

  /** The label with this repository added. None when it would be too long, which a layer of very many images may meet. */
  addedTo(present: Labels): Labels {
    const repositories = (present[this.#key] ?? "").split(",").filter((each) => each !== "");
    const value = [...new Set([...repositories, this.#repository])].toSorted().join(",");
    try {
      validateLabel(this.#key, value);
    } catch (err) {
      this.#log.warn({ error: wireMessage(err) }, "skip to append distribution label");
      return {};
    }
    return { [this.#key]: value };
  }
}
