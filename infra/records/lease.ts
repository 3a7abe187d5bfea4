import { hostname } from "node:os";
import { z } from "zod";
import { processStart, sightOfProcess } from "../clients/process-start.mjs";
import { parsedJson } from "../domain/json.ts";
import { busy, type Refusal } from "../errors.ts";

/** Who holds a lease. */
const holderSchema = z.strictObject({
  host: z.string(),
  pid: z.int(),
  /** Tells a process from a later one with the same number. */
  startTime: z.string(),
  /** The change it is held for; null before it has a number. */
  change: z.string().nullable(),
  /** Since when, ISO 8601. */
  at: z.iso.datetime(),
});

export type Holder = z.infer<typeof holderSchema>;

/** What stands in a claim: its holder, when that last showed itself, and whether it has been given up. */
const claimSchema = z.strictObject({
  holder: holderSchema,
  renewedAt: z.iso.datetime(),
  state: z.enum(["held", "released"]),
});

export type Claim = z.infer<typeof claimSchema>;

/** A claim's text read; null where it is none that this program knows (pure). */
export function claimIn(text: string): Claim | null {
  return claimSchema.safeParse(parsedJson(text)).data ?? null;
}

/** The refusal to take a lease whose claim can't be read: another version's runner may hold it. */
export function unreadableClaim(place: string, then: string): Refusal {
  return busy(
    `${place}: this is no claim that this program can read, so another version's runner may be at work: wait for it, or remove the claim when none is (${then})`,
  );
}

/** For which change a lease is asked. */
export interface Claiming {
  change: string | null;
  /**
   * Whether a holder on another machine is known to have ended, or to have lost its right, by other evidence than its silence; left out where
   * nobody can say. Should it be alive, what it writes to a record after another has written there is refused.
   */
  hasEnded?: (holder: Holder) => boolean;
}

/** A lease that was got, or who has it. */
export type Lease = { held: true; release(): Promise<void> } | { held: false; holder: Holder };

/** How often a holder shows that it is alive, in milliseconds. */
const RENEW_EVERY = 20_000;

/** After how long without a sign a holder on another machine counts as dead, in milliseconds; clocks may differ by some of it. */
export const SILENT_FOR = 300_000;

/** What is known of a claim's process: looked up on the machine that asks. */
export type Sight = "alive" | "dead" | "elsewhere";

/** Whether a claim may be taken over (pure). */
export function isFree(claim: Claim, sight: Sight, now: number): boolean {
  if (claim.state === "released") return true;
  if (sight !== "elsewhere") return sight === "dead";
  return Math.abs(now - Date.parse(claim.renewedAt)) > SILENT_FOR;
}

/** The claims that this process holds now, by their place and since when. */
const held = new Set<string>();
const keyOf = (place: string, { at }: Holder): string => `${place} ${at}`;

/**
 * Writes a claim at a place, noted as this process's own from before it is written: nobody here may take it for one that was left.
 * @param write null where somebody else was quicker
 */
export async function writeOwn<Written>(
  place: string,
  holder: Holder,
  write: () => Promise<Written | null>,
): Promise<Written | null> {
  const key = keyOf(place, holder);
  held.add(key);
  let written: Written | null = null;
  try {
    written = await write();
    return written;
  } finally {
    if (written === null) held.delete(key);
  }
}

/**
 * Lets go of the claim at a place. What can't be written now is tried again beside other work: a process that lives on would else keep
 * everybody off, itself too.
 */
async function letGo(place: string, holder: Holder, write: () => Promise<void>): Promise<void> {
  const key = keyOf(place, holder);
  held.delete(key);
  try {
    await write();
  } catch {
    const again = setInterval(() => {
      if (held.has(key)) clearInterval(again);
      else
        write().then(
          () => clearInterval(again),
          () => undefined,
        );
    }, RENEW_EVERY).unref();
  }
}

/** Whether this process once had a claim and has given it up, though that couldn't be written yet. */
export function isLeftOfOurs(place: string, { holder }: Claim): boolean {
  const own =
    holder.host === hostname() && holder.pid === process.pid && holder.startTime === processStart(process.pid);
  return own && !held.has(keyOf(place, holder));
}

/** Looks whether a claim's process still runs. One that can't be looked at is like another machine's: the claim's time decides. */
export function sightOf({ holder }: Claim, hasEnded: Claiming["hasEnded"] = () => false): Sight {
  const sight = holder.host === hostname() ? sightOfProcess(holder) : "unseen";
  if (sight !== "unseen") return sight;
  return hasEnded(holder) ? "dead" : "elsewhere";
}

/** A lease that was got: shown to be held every so often until it is released, which waits for the showing under way. */
export function heldLease(
  place: string,
  holder: Holder,
  show: () => Promise<unknown>,
  release: () => Promise<void>,
): Lease {
  let shown: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    shown = show().catch(() => undefined);
  }, RENEW_EVERY).unref();
  return {
    held: true,
    async release() {
      clearInterval(timer);
      await shown;
      await letGo(place, holder, release);
    },
  };
}

let lastAt = 0;

/** This process as a holder. */
export function thisProcess(change: string | null): Holder {
  const startTime = processStart(process.pid);
  if (startTime === null) throw new Error(`this process, ${process.pid}, isn't among those of this machine`);
  // Each a millisecond later than the one before at least: by it a process tells its own claims apart.
  lastAt = Math.max(Date.now(), lastAt + 1);
  return { host: hostname(), pid: process.pid, startTime, change, at: new Date(lastAt).toISOString() };
}

/** A holder that has just shown itself. */
export function heldNow(holder: Holder): Claim {
  return { holder, renewedAt: new Date().toISOString(), state: "held" };
}
