import { execFile } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { ReleaseState } from "../../../infra/domain/releases.ts";
import { type ChangeEvent, changeId, type EventData } from "../../../infra/records/events.ts";
import { openFileStore } from "../../../infra/records/file-store.ts";
import { createRedactor } from "../../../infra/records/redaction/redact.ts";
import { bucketStore } from "../../../infra/records/s3-store.ts";
import { planOf, type RunbookInput } from "../../../infra/runbooks/index.ts";
import { firstState, manifest, nextRelease } from "../../mocks/release-state.ts";
import { countedBucket } from "./counted-bucket.ts";
import { lookUp } from "./look-up.ts";
import { chained, putInBucket, putInFolder } from "./records.ts";

/** Releases of the stack, each of them watched until it had passed. */
const RELEASES = 5;
const DAY = new Date("2026-11-22T12:00:00Z");
const run = promisify(execFile);

/** A verdict as a gate writes it at every look. */
const LOOK: EventData = {
  gate: "error-rate",
  answer: "hold",
  summary: "the canary answered 1,204 requests, 3 of them with an error; the stable release 23,044, 51 of them",
  evidence: { canary: { total: 1204, errors: 3 }, stable: { total: 23044, errors: 51 }, e: 0.8321, threshold: 20 },
  memory: {
    e: 0.8321,
    since: { canary: { total: 1204, errors: 3 }, stable: { total: 23044, errors: 51 } },
    pods: ["app-1", "app-2"],
  },
};

interface Deploy {
  change: string;
  input: RunbookInput;
  moves: string[];
}

/** Deploys one after another, and the state after them (pure). */
function deploys(): { state: ReleaseState; done: Deploy[] } {
  let state = firstState();
  const done = Array.from({ length: RELEASES }, (_, index): Deploy => {
    const change = changeId(DAY, index + 1);
    const release = nextRelease(state, manifest((index + 2).toString(16)));
    const [timing, soak] = [
      { interval: 10, gateTimeout: 30, drain: 5 },
      { nominal: 1, wall: 1 },
    ];
    const input: RunbookInput = { runbook: "deploy", base: state, release, onCall: "Ada", timing, soak };
    const moving = planOf(change, input).steps.flatMap((step) => (step.touches === "nothing" ? [] : [step]));
    state = moving.reduce((before, step) => step.move(before), state);
    return { change, input, moves: moving.map(({ name }) => name) };
  });
  return { state, done };
}

/** A deploy's record of so many events, nearly all of them looks (pure). */
function watchedRecord({ change, input, moves }: Deploy, events: number): ChangeEvent[] {
  const opened = { stack: "staging", runbook: "deploy", onCall: "Ada", startedBy: "Ada" };
  const begun = [
    { step: null, type: "opened", data: opened },
    { step: null, type: "planned", data: { ...input } },
    ...moves.map((step) => ({ step, type: "updated", data: { weights: {} } })),
  ];
  const looks = Array.from({ length: events - begun.length - 1 }, () => ({ step: "soak", type: "gate", data: LOOK }));
  const closed = { step: null, type: "closed", data: { exit: 0, outcome: "done", summary: "" } };
  return chained(change, DAY, [...begun, ...looks, closed]);
}

/** What such a stack's records cost in a bucket: requests. */
export async function requestsAfter(events: number): Promise<number> {
  const { state, done } = deploys();
  const { bucket, requests, texts } = countedBucket();
  for (const deploy of done) putInBucket(texts, watchedRecord(deploy, events));
  const store = bucketStore("s3://counted", bucket, createRedactor([]));
  await lookUp(store, state);
  Object.assign(requests, { get: 0, put: 0, list: 0, head: 0 });
  await lookUp(store, state);
  return requests.get + requests.list + requests.put + requests.head;
}

/** What they cost in a folder: the memory that a process of its own needs for it, in megabytes. */
export async function memoryAfter(root: string, events: number): Promise<number> {
  const { state, done } = deploys();
  for (const deploy of done) await putInFolder(root, watchedRecord(deploy, events));
  const url = pathToFileURL(root).href;
  await lookUp(openFileStore(url, createRedactor([])), state);
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, "peak.ts"), url]);
  return Number(stdout);
}

/** The state of the stack after its releases (pure). */
export const stateAfter = (): ReleaseState => deploys().state;
