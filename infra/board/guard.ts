import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { checkFormToken, formToken } from "./form-token.ts";
import { LONGEST_REASON } from "./forms.ts";
import { type BoardIdentity, type Identified, identify } from "./identity.ts";
import type { Viewer } from "./viewer.ts";

/** What somebody asks for: the name is known, and it came from a page of the board or with a token. */
export interface Wish {
  by: string;
  reason: string;
  /** the form's other fields */
  fields: ReadonlyMap<string, string>;
}

/** Why something isn't done. */
export interface Denied {
  status: 400 | 403;
  why: string;
}

/** Who looks at the board, and who may do something with it. */
export interface Guard {
  identified(context: Context): Identified;
  viewer(context: Context): Viewer;
  /** The wish of a POST, or why it isn't taken. */
  wish(context: Context): Promise<Wish | Denied>;
}

/** What a browser says of where a form was sent from, held against the board's own address (pure); null where it came from the board. */
export function originProblem(
  header: (name: string) => string | undefined,
  origin: BoardIdentity["origin"],
): string | null {
  const [site, from, host] = [header("Sec-Fetch-Site"), header("Origin"), header("Host")];
  if (site !== undefined && site !== "same-origin") return `it was sent from another site (Sec-Fetch-Site: ${site})`;
  if (from === undefined) return site === undefined ? "the browser doesn't say which page sent it" : null;
  const isOwn = origin === null ? URL.canParse(from) && new URL(from).host === host : from === origin;
  return isOwn ? null : `it was sent from ${from}, which is not the board's address`;
}

async function fieldsOf(context: Context): Promise<Map<string, string> | null> {
  const type = context.req.header("Content-Type") ?? "";
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return null;
  return new Map(new URLSearchParams(await context.req.text()));
}

/**
 * Opens the guard of a board.
 * @param identity how people are known now: settings may change while it is open
 * @param now milliseconds since the epoch
 */
export function openGuard(identity: () => BoardIdentity, now: () => number): Guard {
  // Replicas share the proxy's secret, and so the key: each accepts the other's forms.
  const ownKey = randomBytes(32).toString("hex");
  const key = () => identity().proxy?.secret ?? ownKey;
  const identified = (context: Context) => identify((name) => context.req.header(name), identity());

  function isFrom(context: Context, name: string, fields: ReadonlyMap<string, string>): string | null {
    const problem = originProblem((header) => context.req.header(header), identity().origin);
    if (problem !== null) return problem;
    const token = checkFormToken(key(), name, fields.get("token") ?? "", now());
    if (token === "old") return "the page is older than a day: load it again, check it, and send the form again";
    return token === "good" ? null : "this board didn't give you its form token: load the page again";
  }

  return {
    identified,
    viewer(context) {
      const who = identified(context);
      return who.kind === "known"
        ? { name: who.name, token: formToken(key(), who.name, now()) }
        : { name: null, why: who.why };
    },
    async wish(context) {
      const who = identified(context);
      if (who.kind !== "known") return { status: 403, why: `Sign in to do this: ${who.why}` };
      const fields = await fieldsOf(context);
      if (fields === null) return { status: 400, why: "Send it as a form (application/x-www-form-urlencoded)" };
      // No browser sends a token by itself: whoever sent it did so on purpose.
      const problem = who.by === "proxy" ? isFrom(context, who.name, fields) : null;
      if (problem !== null) return { status: 403, why: `Nothing was done: ${problem}` };
      const reason = fields.get("reason")?.trim() ?? "";
      if (reason === "")
        return { status: 400, why: "Nothing was done: the reason is empty: write why, for the record" };
      if (reason.length > LONGEST_REASON) {
        return {
          status: 400,
          why: `Nothing was done: the reason has ${reason.length} characters; write ${LONGEST_REASON} at most`,
        };
      }
      return { by: who.name, reason, fields };
    },
  };
}
