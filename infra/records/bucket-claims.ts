import type { Bucket } from "./bucket.ts";
import {
  type Claim,
  type Claiming,
  claimIn,
  type Holder,
  heldLease,
  heldNow,
  isFree,
  isLeftOfOurs,
  type Lease,
  sightOf,
  unreadableClaim,
  writeOwn,
} from "./lease.ts";

/** How often a claim that others change at the same moment is tried again. */
const TRIES = 20;

/**
 * Claims a key for one process: put where nothing is there, or over the very version of a claim that is free.
 * @throws Refusal (exit 4) where what stands there can't be read as a claim; Error where others keep changing it
 */
export async function claimKey(
  bucket: Bucket,
  key: string,
  holder: Holder,
  hasEnded?: Claiming["hasEnded"],
): Promise<Lease> {
  const place = `${bucket.place}${key}`;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const stored = await bucket.get(key);
    const held = stored === null ? null : claimIn(stored.text);
    if (stored !== null && held === null) {
      throw unreadableClaim(place, "nothing else frees it");
    }
    if (held !== null && !isLeftOfOurs(place, held) && !isFree(held, sightOf(held, hasEnded), Date.now())) {
      return { held: false, holder: held.holder };
    }
    const condition = stored === null ? "absent" : { etag: stored.etag };
    const etag = await writeOwn(place, holder, () => bucket.put(key, JSON.stringify(heldNow(holder)), condition));
    if (etag !== null) return holding(bucket, key, holder, etag);
  }
  throw new Error(`${place} is changed by others all the time`);
}

function holding(bucket: Bucket, key: string, holder: Holder, first: string): Lease {
  const place = `${bucket.place}${key}`;
  let etag: string | null = first;
  const write = async (claim: Claim) => {
    if (etag !== null) etag = await bucket.put(key, JSON.stringify(claim), { etag });
  };
  return heldLease(
    place,
    holder,
    () => write(heldNow(holder)),
    () => write({ ...heldNow(holder), state: "released" }),
  );
}
