import { DiffPlugin, type Differ } from "@davit/diff";
import { InvalidArgumentError, NotFoundError, quote, wireMessage } from "@davit/errdefs";
import { isConfigType, isLayerType } from "@davit/oci";
import {
  formatPlatformFully,
  normalizePlatform,
  only,
  parsePlatform,
  type Platform,
  type PlatformMatcher,
} from "@davit/platforms";
import { uriOf, type Logger, type PluginList } from "@davit/plugin";
import { SnapshotPlugin, type Snapshotter } from "@davit/snapshots";
import type { UnpackRequest } from "@davit/transfer";
import type { UnpackConfig } from "../config.ts";

/** What a request without a snapshotter means, wherever it is configured. */
const DEFAULT_SNAPSHOTTER = "overlayfs";

/** Where an image of some platform is unpacked to. */
export interface UnpackTarget {
  readonly platform: PlatformMatcher;
  readonly snapshotterId: string;
  readonly snapshotter: Snapshotter;
  readonly differ: Differ;
  /** Whether layers can be unpacked apart from each other, and be laid upon their parents when they are committed. */
  readonly canRebase: boolean;
  readonly acceptsConfig: (mediaType: string) => boolean;
  readonly acceptsLayer: (mediaType: string) => boolean;
}

/** What targets are found in. The maps are live. */
export interface UnpackTargetsOptions {
  /** Undefined is containerd's default, and whatever snapshotters there are besides. */
  readonly configured: readonly UnpackConfig[] | undefined;
  readonly checkPlatform: boolean;
  readonly host: Platform;
  /** The snapshotters of namespaces. */
  readonly snapshotters: ReadonlyMap<string, Snapshotter>;
  readonly differs: ReadonlyMap<string, Differ>;
  /** For what differs and snapshotters say of themselves. */
  readonly plugins: PluginList;
  readonly log: Logger;
}

/** Finds what can be unpacked where (reference 00 §6.1). Plugins are looked up each time: they come and go. */
export class UnpackTargets {
  readonly #options: UnpackTargetsOptions;

  constructor(options: UnpackTargetsOptions) {
    this.#options = options;
  }

  /**
   * Checks what is configured. The default is not checked: a daemon without overlayfs still fetches images.
   * @throws InvalidArgumentError for a platform that is none; NotFoundError for a snapshotter or differ that is missing.
   */
  check(): void {
    for (const entry of this.#options.configured ?? []) {
      this.#platformOf(entry);
      const missing = this.#resolve(entry).missing;
      if (missing === undefined) continue;
      if (!entry.optional) throw missing;
      this.#options.log.info({ error: wireMessage(missing) }, "skip optional unpack configuration");
    }
  }

  /**
   * The targets for what a transfer asks for. What cannot be had is left out with a warning.
   * @throws InvalidArgumentError when nothing can be had.
   */
  choose(requests: readonly UnpackRequest[]): UnpackTarget[] {
    const targets = requests
      .map((request) => this.#targetFor(request))
      .filter((target) => target !== undefined);
    if (requests.length > 0 && targets.length === 0)
      throw new InvalidArgumentError("unable to initialize unpacker: no unpack platforms defined");
    return targets;
  }

  #targetFor({ platform = this.#options.host, snapshotter = "" }: UnpackRequest): UnpackTarget | undefined {
    const found = this.#entries()
      .filter((entry) => snapshotter === "" || entry.snapshotter === snapshotter)
      .filter((entry) => this.#matcherOf(entry).match(platform))
      .map((entry) => this.#resolve(entry).target)
      .filter((target) => target !== undefined);
    const chosen = found.find(({ snapshotterId }) => snapshotterId === DEFAULT_SNAPSHOTTER) ?? found[0];
    if (chosen === undefined)
      this.#options.log.warn(
        { platform: formatPlatformFully(platform), snapshotter },
        "Unpack configuration not supported, skipping",
      );
    return chosen;
  }

  #entries(): readonly UnpackConfig[] {
    const { configured, host, snapshotters } = this.#options;
    if (configured !== undefined) return configured;
    const usual = defaultUnpackConfig(host);
    const others = [...snapshotters.keys()]
      .filter((id) => !usual.some(({ snapshotter }) => snapshotter === id))
      .map((id) => entryFor(host, id, "walking"));
    return [...usual, ...others];
  }

  #platformOf({ platform }: UnpackConfig): Platform {
    try {
      return parsePlatform(platform, this.#options.host);
    } catch (cause) {
      throw new InvalidArgumentError(`platform configuration ${platform} invalid`, { cause });
    }
  }

  /** The platforms that an entry is good for: with all details, or those of the operating system. */
  #matcherOf(entry: UnpackConfig): PlatformMatcher {
    const configured = this.#platformOf(entry);
    return this.#options.checkPlatform ? only(configured) : onlyOs(configured);
  }

  /** The target of an entry, or what it lacks. */
  #resolve(entry: UnpackConfig): { target?: UnpackTarget; missing?: Error } {
    const { snapshotters, plugins } = this.#options;
    const snapshotter = snapshotters.get(entry.snapshotter);
    if (snapshotter === undefined)
      return { missing: new NotFoundError(`snapshotter ${quote(entry.snapshotter)}`) };
    const differ = this.#differFor(entry);
    if (differ instanceof Error) return { missing: differ };
    const { config_type: configType, layer_types: layerTypes, snapshotter: snapshotterId } = entry;
    const uri = uriOf({ type: SnapshotPlugin, id: snapshotterId });
    const target: UnpackTarget = {
      platform: this.#matcherOf(entry),
      snapshotterId,
      snapshotter,
      differ,
      canRebase: plugins.get(uri)?.capabilities.includes("rebase") ?? false,
      acceptsConfig: configType === "" ? isConfigType : (mediaType) => mediaType === configType,
      acceptsLayer: layerTypes.length === 0 ? isLayerType : (mediaType) => layerTypes.includes(mediaType),
    };
    return { target };
  }

  #differFor(entry: UnpackConfig): Differ | Error {
    const { differ: id } = entry;
    const { differs, log } = this.#options;
    if (id !== "") {
      const uri = uriOf({ type: DiffPlugin, id });
      const text = `failed to get instance for diff plugin ${quote(id)}: no plugins registered for ${uri}: plugin`;
      return differs.get(id) ?? new NotFoundError(text);
    }
    const ids = [...differs.keys()].filter((each) => this.#advertises(each, this.#matcherOf(entry)));
    const chosen = ids.includes("walking") ? "walking" : ids[0];
    if (ids.length > 1)
      log.warn(
        { differs: ids, chosen },
        "multiple differs match for platform, set `differ` option to choose",
      );
    return (
      (chosen === undefined ? undefined : differs.get(chosen)) ??
      new NotFoundError("no matching diff plugins")
    );
  }

  #advertises(differ: string, { match }: PlatformMatcher): boolean {
    const { plugins, host } = this.#options;
    const advertised = plugins.get(uriOf({ type: DiffPlugin, id: differ }))?.platforms ?? [];
    return advertised.some((text) => match(parsePlatform(text, host)));
  }
}

/** Every platform of an operating system, none preferred. */
function onlyOs(platform: Platform): PlatformMatcher {
  const { os } = normalizePlatform(platform);
  return { match: (other) => normalizePlatform(other).os === os, compare: () => 0 };
}

/** What containerd takes when nothing is configured: overlayfs, and EROFS where there is such a snapshotter. */
export function defaultUnpackConfig(host: Platform): UnpackConfig[] {
  return [
    entryFor(host, "overlayfs", "walking"),
    { ...entryFor({ ...host, osFeatures: ["erofs"] }, "erofs", "erofs"), optional: true },
  ];
}

const entryFor = (platform: Platform, snapshotter: string, differ: string): UnpackConfig => ({
  platform: formatPlatformFully(platform),
  snapshotter,
  differ,
  config_type: "",
  layer_types: [],
  optional: false,
});
