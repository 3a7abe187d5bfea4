import type { Release, ReleaseState, SecretName } from "../domain/releases.ts";
import type { GateName } from "../gates/index.ts";
import type { TaskName } from "./task-names.ts";

/** What is done when a step's update or gate fails: `stop` where going back would do more harm than standing still. */
export type OnFailure = "restore" | "stop";

/** What a step's update touches: a step that moves weights must be undone at once, one that adds a bundle may be tidied up. */
export type Touches = "nothing" | "bundles" | "weights";

/** When a step may begin, counted from the end of an earlier step. */
export interface Due {
  after: string;
  /** milliseconds, already shortened where the stack is a sandbox */
  offset: number;
}

/** What is read again and again while a step isn't due yet, and how often, in milliseconds on the wall. */
export interface Sampling {
  task: TaskName;
  every: number;
}

/** One step of a runbook: a move of the release state and the gate behind it. */
export interface Step {
  /** the step's identity in the record; stable across versions of the program */
  name: string;
  /** one line for people */
  title: string;
  touches: Touches;
  /** the pure move; not called where the step touches nothing */
  move: (state: ReleaseState) => ReleaseState;
  /** the one side effect outside the stack that the step has, after its update and before it is read back */
  task: TaskName | null;
  gates: readonly GateName[];
  /** milliseconds for which the gates must stay green once the route is read back */
  bakeFor: number;
  due: Due | null;
  /** what is looked at again and again while the step isn't due yet; each of them only reads what was counted */
  watch: readonly GateName[];
  /** what is read meanwhile and kept for the step's own task, since it may be gone by then */
  sampling: Sampling | null;
  onFailure: OnFailure;
  /** whether the policies judge the move in a preview before it, or along with the update where every second counts */
  judged: "before" | "along";
  /** whether the incident is announced and its ticket opened in this step */
  tells: "nobody" | "everyone";
  /** what the gates look at, where that isn't the plan's release */
  subject: Subject | null;
  /** once it has ended, a failure goes back to here and no further */
  restorePoint: boolean;
}

/** A release that is judged, and the one that it is compared with. */
export interface Subject {
  release: Release;
  stable: Release | null;
}

/** A runbook made concrete: the steps for one release on one stack. */
export interface Plan {
  runbook: RunbookName;
  steps: readonly Step[];
  /** the release that the gates look at */
  release: Release;
  /** the release it is compared with; null where there is none */
  stable: Release | null;
  /** the release state before the change, to which a failure goes back */
  base: ReleaseState;
  /** what undoes the tasks, once the stack was brought back */
  undo: TaskName | null;
  timing: Timing;
  /** what a rotation turns; left out where the runbook is another one */
  rotation?: Rotation;
}

/** What a rotation turns. */
export interface Rotation {
  secret: SecretName;
  /** the generation that is to go, and the one that takes its place */
  old: string;
  next: string;
  /** the value that the operator handed over, encrypted by the stack's secrets provider; null where somebody else makes it */
  handedOver: string | null;
  /** `compromised` goes as quickly as users can stand it */
  urgency: "planned" | "compromised";
  /** for how long a signing key must have verified nothing before it goes, in milliseconds on the wall */
  unusedFor: number;
}

export const RUNBOOKS = ["deploy", "promote", "rollback", "rotate", "incident"] as const;
export type RunbookName = (typeof RUNBOOKS)[number];

/** All in milliseconds of the clock on the wall. */
export interface Timing {
  /** between two looks at a gate */
  interval: number;
  /** how long a gate may hold beyond the bake before the step counts as failed, of the time in which a runner looks */
  gateTimeout: number;
  /** how long WebSockets may stay on a release that lost its traffic */
  drain: number;
}
