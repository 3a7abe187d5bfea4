import { createHmac, timingSafeEqual } from "node:crypto";

const HOUR = 3_600_000;
/** For how many whole hours after the one in which it was made a form is taken: a page may stand open for a day. */
const HOURS = 24;

/**
 * What goes with a form so that no other site can send it: made of the person's name and the hour, which any replica that has the key can check.
 * A page that is open gets the new one by its live events each hour.
 */
export function formToken(key: string, name: string, now: number): string {
  return tokenOf(key, name, Math.floor(now / HOUR));
}

function tokenOf(key: string, name: string, hour: number): string {
  const mac = createHmac("sha256", key).update(`form\n${hour}\n${name}`).digest("base64url");
  return `${hour}.${mac}`;
}

/** Whether a form may have come from a page of this board that this person was shown (pure). */
export function checkFormToken(key: string, name: string, token: string, now: number): "good" | "old" | "forged" {
  const hour = Number(/^(\d{1,10})\./.exec(token)?.[1] ?? Number.NaN);
  if (!Number.isSafeInteger(hour)) return "forged";
  const [given, expected] = [Buffer.from(token), Buffer.from(tokenOf(key, name, hour))];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return "forged";
  const age = Math.floor(now / HOUR) - hour;
  return age >= -1 && age <= HOURS ? "good" : "old";
}
