import { type Service, startService as start } from "../../verification/demo/service.ts";
import { ROOT, type World } from "./world.ts";

export type { Service } from "../../verification/demo/service.ts";

/** Starts `runbook serve` in the checkout, and waits until it listens. */
export const startService = (world: Pick<World, "env">, ...args: string[]): Promise<Service> =>
  startServiceIn(ROOT, world, ...args);

/** The same in a project's folder with settings of its own. */
const startServiceIn = (folder: string, world: Pick<World, "env">, ...args: string[]): Promise<Service> =>
  start(folder, args, world.env);
