import { z } from "zod";
import type { BoardIdentity } from "../board/identity.ts";
import { badInput } from "../errors.ts";

/** The variables that say who may act on the board; secrets stand in the environment, never on the command line. */
const ORIGIN = "RUNBOOKS_BOARD_ORIGIN";
const HEADER = "RUNBOOKS_BOARD_PROXY_HEADER";
const SECRET = "RUNBOOKS_BOARD_PROXY_SECRET";
const TOKENS = "RUNBOOKS_BOARD_TOKENS";

/** A secret that can't be guessed: 32 characters, such as `openssl rand -base64 32` makes. */
const SHORTEST_SECRET = 32;
const header = z.string().regex(/^[A-Za-z0-9-]+$/);
const tokensSchema = z.record(z.string().min(1), z.string().regex(/^[0-9a-f]{64}$/));

function originIn(text: string | undefined, problems: string[]): string | null {
  if (text === undefined) return null;
  const origin = URL.canParse(text) ? new URL(text).origin : null;
  if (origin !== text || !/^https?:/.test(text)) {
    problems.push(`${ORIGIN}: "${text}" is not an origin: write for example https://board.example.com`);
  }
  return text;
}

function proxyIn(env: NodeJS.ProcessEnv, problems: string[]): BoardIdentity["proxy"] {
  const [name, secret] = [env[HEADER], env[SECRET]];
  if (name === undefined && secret === undefined) return null;
  if (name === undefined)
    problems.push(`${HEADER} is missing: write the name of the header in which the proxy says who is signed in`);
  else if (!header.safeParse(name).success) problems.push(`${HEADER}: "${name}" is not the name of a header`);
  if (secret === undefined) {
    problems.push(`${SECRET} is missing: without it anybody could send ${HEADER}'s header`);
  } else if (secret.length < SHORTEST_SECRET) {
    problems.push(`${SECRET} is too short: write ${SHORTEST_SECRET} characters at least`);
  }
  return { header: name ?? "", secret: secret ?? "" };
}

function tokensIn(text: string | undefined, problems: string[]): BoardIdentity["tokens"] {
  if (text === undefined) return {};
  const how = `write {"NAME": "the token's sha256, 64 hexadecimal digits"}`;
  try {
    const parsed = tokensSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    problems.push(`${TOKENS} is malformed: ${how}`);
  } catch {
    problems.push(`${TOKENS} is not JSON: ${how}`);
  }
  return {};
}

/**
 * Who may act on the board, by the environment; nothing set: nobody, and it is read-only.
 * @throws Refusal (exit 2) with every problem at once, never a secret
 */
export function boardIdentityIn(env: NodeJS.ProcessEnv): BoardIdentity {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const problems: string[] = [];
  const identity = {
    origin: originIn(set[ORIGIN], problems),
    proxy: proxyIn(set, problems),
    tokens: tokensIn(set[TOKENS], problems),
  };
  if (problems.length > 0) throw badInput(...problems);
  return identity;
}
