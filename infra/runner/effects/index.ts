import type { Action } from "../../change/decide.ts";
import type { Effect } from "../effect.ts";
import { announceStep } from "./announce.ts";
import { clean } from "./clean.ts";
import { countStep } from "./count.ts";
import { closeAs, dismiss, hasEnded } from "./end.ts";
import { observeGates } from "./gates.ts";
import { readBackStep } from "./read-back.ts";
import { restore } from "./restore.ts";
import { fail, finish, settle, start, stop } from "./step.ts";
import { taskStep, undo } from "./task.ts";
import { updateStep } from "./update.ts";
import { awaitApproval, wait } from "./wait.ts";

/** What is done for each kind of action. */
export const EFFECTS: { readonly [Kind in Action["kind"]]: Effect<Kind> } = {
  "await-approval": awaitApproval,
  dismiss,
  start,
  update: updateStep,
  task: taskStep,
  undo,
  "read-back": readBackStep,
  settle,
  gates: observeGates,
  count: countStep,
  finish,
  wait,
  fail,
  stop,
  announce: announceStep,
  restore,
  clean,
  close: closeAs,
  nothing: hasEnded,
};
