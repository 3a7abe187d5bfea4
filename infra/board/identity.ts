import { createHash } from "node:crypto";
import { printable } from "../domain/plain-text.ts";
import { isSame } from "../domain/same-secret.ts";

/** The header by which the proxy shows that a request comes through it. */
const PROXY_SECRET_HEADER = "X-Runbooks-Proxy";

/** How the board knows who somebody is. Nothing set: nobody is known, and the board is read-only. */
export interface BoardIdentity {
  /** the address at which people open the board, as a browser's Origin has it; null: whatever Host a request names */
  origin: string | null;
  /** the proxy that signs people in: the header in which it names them, and what it alone can send; null: there is none */
  proxy: { header: string; secret: string } | null;
  /** the sha256, in hexadecimal digits, of each person's token */
  tokens: Readonly<Record<string, string>>;
  /** why nobody is known through the proxy, where one was meant to be there; null: nothing is wrong */
  problem: string | null;
}

/** Who sent a request. */
export type Identified =
  | { kind: "known"; name: string; by: "proxy" | "token" }
  | { kind: "nobody"; why: string }
  /** somebody who claims to be who they can't be shown to be */
  | { kind: "refused"; why: string };

/** The longest name that is accepted, in characters. */
const LONGEST_NAME = 200;

/** What is wrong with a name that a proxy sends; null where nothing is. */
function nameProblem(name: string): string | null {
  if (name.length > LONGEST_NAME) return `it is longer than ${LONGEST_NAME} characters`;
  if (name !== printable(name)) return "it has invisible characters";
  // Two headers of one name arrive as one, joined: a client's own, and the proxy's behind it.
  return name.includes(",") ? "it names more than one person" : null;
}

function byToken(token: string, tokens: BoardIdentity["tokens"]): Identified {
  const digest = createHash("sha256").update(token).digest("hex");
  // All are compared, so that the time says nothing of which one it is.
  const [name] = Object.entries(tokens).flatMap(([one, sha256]) => (isSame(sha256, digest) ? [one] : []));
  if (name === undefined)
    return { kind: "refused", why: "the token in the Authorization header isn't known: ask for a new one" };
  return { kind: "known", name, by: "token" };
}

/** Who sent a request, from its headers (pure). */
export function identify(
  header: (name: string) => string | undefined,
  { proxy, tokens, problem }: BoardIdentity,
): Identified {
  const bearer = /^Bearer (\S+)$/i.exec(header("Authorization") ?? "")?.[1];
  if (bearer !== undefined && Object.keys(tokens).length > 0) return byToken(bearer, tokens);
  if (proxy === null) {
    const unset = Object.keys(tokens).length > 0 ? "send a token to act" : "no identity is set up (docs/board.md)";
    return { kind: "nobody", why: problem ?? unset };
  }
  const secret = header(PROXY_SECRET_HEADER);
  const name = header(proxy.header)?.trim() ?? "";
  if (secret === undefined && name === "")
    return { kind: "nobody", why: "you bypassed the proxy that signs people in" };
  if (secret === undefined || !isSame(secret, proxy.secret)) {
    return {
      kind: "refused",
      why: `${proxy.header} names somebody, and the request doesn't come through the proxy: its ${PROXY_SECRET_HEADER} is ${secret === undefined ? "missing" : "wrong"}`,
    };
  }
  if (name === "") return { kind: "nobody", why: "the proxy has signed nobody in" };
  const wrong = nameProblem(name);
  return wrong === null
    ? { kind: "known", name, by: "proxy" }
    : { kind: "refused", why: `the name in ${proxy.header} is refused: ${wrong}` };
}
