import { AlreadyExistsError, NotFoundError, quote } from "@davit/errdefs";
import type { Image, ImageStore, NewImage } from "@davit/images";
import type { Lease, LeaseManager } from "@davit/leases";
import { now } from "@davit/time";

/** Images of one namespace. */
export class MemoryImages implements Pick<ImageStore, "get" | "create" | "update"> {
  readonly all: Map<string, Image> = new Map();
  /** `create <name>`, `update <name>`, as they were made. */
  readonly calls: string[] = [];

  async get(name: string): Promise<Image> {
    const image = this.all.get(name);
    if (image === undefined) throw new NotFoundError(`image ${quote(name)}`);
    return image;
  }

  async create(image: NewImage): Promise<Image> {
    if (this.all.has(image.name)) throw new AlreadyExistsError(`image ${quote(image.name)}`);
    return this.#put("create", image);
  }

  async update(image: NewImage): Promise<Image> {
    await this.get(image.name);
    return this.#put("update", image);
  }

  #put(call: string, image: NewImage): Image {
    this.calls.push(`${call} ${image.name}`);
    const stored = { ...image, createdAt: now(), updatedAt: now() };
    this.all.set(image.name, stored);
    return stored;
  }
}

/** Leases that keep nothing. */
export class MemoryLeases implements Pick<LeaseManager, "create" | "delete"> {
  readonly all: Map<string, Lease> = new Map();
  readonly created: Lease[] = [];

  async create({ labels = {} }: Parameters<LeaseManager["create"]>[0]): Promise<Lease> {
    const lease = { id: `lease-${this.created.length}`, labels, createdAt: now() };
    this.all.set(lease.id, lease);
    this.created.push(lease);
    return lease;
  }

  async delete(id: string): Promise<void> {
    if (!this.all.delete(id)) throw new NotFoundError(`lease ${quote(id)}`);
  }
}
