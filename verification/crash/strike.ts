/**
 * Loaded into a runner before its own code (`node --import`): kills it, or its engine, at the points that the environment
 * names. The runner's code knows nothing of it; only what it writes to its record passes through here.
 */
import { appendFileSync } from "node:fs";
import files from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename } from "node:path";
import { z } from "zod";
import { processTableNow } from "../../sandbox/cloud/process-table.ts";
import { endProcess } from "./end-process.ts";
import { EVERYTHING, gateOf, MOMENTS, type Moment } from "./points.ts";

const RECORD = "events.jsonl";

const pointSchema = z.object({
  step: z.string().nullable(),
  type: z.string(),
  gate: z.string().nullable(),
  moment: z.enum(MOMENTS),
  delay: z.number(),
  victim: z.enum(["runner", "engine", "runner and engine", EVERYTHING]),
});
const eventSchema = z.object({
  step: z.string().nullable(),
  type: z.string(),
  data: z.looseObject({ pid: z.int().optional() }),
});
type Point = z.infer<typeof pointSchema>;
type Written = z.infer<typeof eventSchema>;

const { RUNBOOKS_STRIKES: given = "[]", RUNBOOKS_STRUCK: struckFile = "" } = process.env;
delete process.env.RUNBOOKS_STRIKES;
delete process.env.RUNBOOKS_STRUCK;
const points = z.array(pointSchema).parse(JSON.parse(given));
const left = new Set(points);

/** The processes that a process has started itself. */
function childrenOf(process: number): number[] {
  return processTableNow().flatMap(({ pid, parent }) => (parent === process ? [pid] : []));
}

function strike(point: Point, event: Written): void {
  appendFileSync(struckFile, `${points.indexOf(point)}\n`);
  const { pid } = event.data;
  if (point.victim === EVERYTHING && pid !== undefined) for (const provider of childrenOf(pid)) endProcess(provider);
  if (point.victim !== "runner" && pid !== undefined) endProcess(pid);
  if (point.victim !== "engine") endProcess(process.pid);
}

/** The point that this event is the place of, if this is its moment. It comes up once. */
function take(event: Written, moment: Moment): Point | null {
  const gate = gateOf({ type: event.type, data: { gate: z.string().nullable().catch(null).parse(event.data.gate) } });
  for (const point of left) {
    if (point.moment !== moment || point.step !== event.step || point.type !== event.type || point.gate !== gate)
      continue;
    left.delete(point);
    return point;
  }
  return null;
}

/** Watches the appends to a record. */
function watch(handle: files.FileHandle): files.FileHandle {
  const { write, sync } = { write: handle.write.bind(handle), sync: handle.sync.bind(handle) };
  let event: Written | null = null;
  return Object.assign(handle, {
    async write(bytes: Uint8Array, from: number) {
      event = eventSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
      const before = take(event, "before");
      if (before !== null) strike(before, event);
      const torn = take(event, "torn");
      if (torn !== null) {
        await write(bytes, from, Math.floor((bytes.length - from) / 2));
        strike(torn, event);
      }
      return write(bytes, from);
    },
    async sync() {
      await sync();
      if (event === null) return;
      const written = event;
      event = null;
      const after = take(written, "after");
      if (after !== null) strike(after, written);
      const during = take(written, "during");
      if (during !== null) setTimeout(() => strike(during, written), during.delay).unref();
    },
  });
}

const open = files.open;
Object.assign(files, {
  async open(...asked: Parameters<typeof open>) {
    const handle = await open(...asked);
    const [file, flags] = asked;
    return basename(String(file)) === RECORD && flags === "a+" ? watch(handle) : handle;
  },
});
syncBuiltinESMExports();
