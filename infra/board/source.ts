import type { RecordStore } from "../records/store.ts";
import type { RunningService } from "../runner/running-service.ts";
import type { Standing } from "../runner/status.ts";
import type { Settings } from "../settings/index.ts";
import type { StackActions } from "./actions.ts";

/** The settings that the board shows. */
export interface ShownSettings extends Pick<Settings, "stage" | "onCall" | "changes" | "rotation"> {
  services: Pick<Settings["services"], "afmKeys">;
}
/** The records as the board reads them. */
export type ShownStore = Pick<RecordStore, "url" | "ofStack" | "ends" | "read" | "outline" | "readAfter">;

/** A stack whose settings were read. */
export interface OpenStack {
  settings: ShownSettings;
  store: ShownStore;
  /** The stack, its pods and its open change; asks the engine, so it is called once in a while. */
  standing(): Promise<Standing>;
}

/** What the board shows of one stack, and where it reads it. Each of the reads may fail: what else is known is shown all the same. */
export interface BoardStack {
  name: string;
  /** Reads the settings; called often, so it keeps what it read for a while. @throws Refusal where they can't be read */
  open(): Promise<OpenStack>;
  /** null where nobody does */
  service(): Promise<RunningService | null>;
  actions: StackActions;
}

/** What the board is made of. */
export interface BoardSource {
  stacks: readonly BoardStack[];
  /** milliseconds since the epoch */
  now(): number;
  /** Tells whoever runs the service what went wrong, in a line. */
  tell(problem: string): void;
}
