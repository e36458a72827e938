import {
  isConfigType,
  isIndexType,
  isManifestType,
  manifestsFor,
  platformOf,
  type Descriptor,
} from "@davit/oci";
import { all, ordered, type PlatformMatcher } from "@davit/platforms";
import type { ImageStoreEnd } from "@davit/transfer";

type Wishes = Pick<ImageStoreEnd, "platforms" | "allMetadata" | "manifestLimit">;

/** Which parts of an image are wanted (containerd core/images, FilterPlatforms and LimitManifests). */
export class Selection {
  readonly #platforms: PlatformMatcher;
  readonly #allMetadata: boolean;
  readonly #limit: number;

  constructor({ platforms = [], allMetadata = false, manifestLimit = 0 }: Wishes) {
    this.#platforms = platforms.length === 0 ? all : ordered(...platforms);
    this.#allMetadata = allMetadata;
    this.#limit = manifestLimit;
  }

  /**
   * The children that are wanted, the preferred first.
   * @throws NotFoundError `no match for platform in manifest`, with a limit only.
   */
  of(parent: Descriptor, children: readonly Descriptor[]): readonly Descriptor[] {
    if (isIndexType(parent.mediaType)) return this.#manifests(children);
    if (isManifestType(parent.mediaType) && !this.isFull(parent))
      return children.filter(({ mediaType }) => isConfigType(mediaType));
    return children;
  }

  /** Whether a manifest's layers are wanted, not just what describes it. */
  isFull({ platform }: Descriptor): boolean {
    return !this.#allMetadata || platform === undefined || this.#platforms.match(platformOf(platform));
  }

  #manifests(children: readonly Descriptor[]): readonly Descriptor[] {
    if (!this.#allMetadata) return manifestsFor(children, this.#platforms, this.#limit);
    const matching = manifestsFor(children, this.#platforms);
    const every = [...matching, ...children.filter((child) => !matching.includes(child))];
    return this.#limit > 0 ? every.slice(0, this.#limit) : every;
  }
}
