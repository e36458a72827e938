import type { Generation } from "../generation.ts";
import type { Scenarios } from "./context.ts";
import { containers } from "./containers.ts";
import { content } from "./content.ts";
import { daemon, daemonTwo } from "./daemon.ts";
import { events } from "./events.ts";
import { images } from "./images.ts";
import { leases } from "./leases.ts";
import { namespaces } from "./namespaces.ts";
import { run } from "./run.ts";
import { snapshots } from "./snapshots.ts";
import { tasks } from "./tasks.ts";

export type { Context, Scenarios, Steps } from "./context.ts";

/** All that is compared with a generation, in the order in which it is run. */
export const scenariosFor = ({ isTwo }: Generation): Readonly<Record<string, Scenarios>> => ({
  daemon: isTwo ? { ...daemon, ...daemonTwo } : daemon,
  namespaces,
  leases,
  images,
  content,
  snapshots,
  containers,
  run,
  tasks,
  events,
});
