import { z } from "zod";
import type { BoardIdentity } from "../board/identity.ts";
import { badInput } from "../errors.ts";
import type { Settings } from "../settings/index.ts";

/** The variables that prove who may act on the board; secrets are in the environment, never on the command line or in clear in settings. */
const SECRET = "RUNBOOKS_BOARD_PROXY_SECRET";
const TOKENS = "RUNBOOKS_BOARD_TOKENS";
/** Variables of earlier versions, and the settings in their place. */
const MOVED = {
  RUNBOOKS_BOARD_ORIGIN: "board.origin",
  RUNBOOKS_BOARD_PROXY_HEADER: "board.proxyHeader",
} as const;

/** A secret that can't be guessed: 32 characters, such as `openssl rand -base64 32` makes. */
const SHORTEST_SECRET = 32;
const tokensSchema = z.record(z.string().min(1), z.string().regex(/^[0-9a-f]{64}$/));

/** What proves who somebody is on the board. */
export interface BoardSecrets {
  /** what the proxy alone can send; null: there is no proxy */
  proxySecret: string | null;
  tokens: BoardIdentity["tokens"];
}

/** A stack of the service, and what its settings say of the board; null: they weren't read yet. */
export interface BoardSettings {
  stack: string;
  board: NonNullable<Settings["board"]> | null;
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
 * The board's secrets, from the environment; nothing set: nobody may act.
 * @throws Refusal (exit 2) with every problem at once, never a secret
 */
export function boardSecretsIn(env: NodeJS.ProcessEnv): BoardSecrets {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const problems = Object.entries(MOVED).flatMap(([name, setting]) =>
    set[name] === undefined
      ? []
      : [`${name} is a setting of the stacks now: unset it and write production-runbooks:${setting}`],
  );
  const proxySecret = set[SECRET] ?? null;
  if (proxySecret !== null && proxySecret.length < SHORTEST_SECRET) {
    problems.push(`${SECRET} is too short: write ${SHORTEST_SECRET} characters at least`);
  }
  const tokens = tokensIn(set[TOKENS], problems);
  if (problems.length > 0) throw badInput(...problems);
  return { proxySecret, tokens };
}

/**
 * Who may act on the board, from its secrets and the settings of the stacks, which share one board (pure). Where they don't agree,
 * nobody is known through the proxy.
 */
export function boardIdentityOf(
  { proxySecret, tokens }: BoardSecrets,
  stacks: readonly BoardSettings[],
): BoardIdentity {
  const [header, origin] = [agreed(stacks, "proxyHeader"), agreed(stacks, "origin")];
  const problem = header.problem ?? origin.problem ?? missing(header.value, proxySecret, stacks);
  const proxy =
    problem === null && header.value !== null && proxySecret !== null
      ? { header: header.value, secret: proxySecret }
      : null;
  return { origin: origin.value, proxy, tokens, problem };
}

/** What the stacks that set a key of the board have set it to. */
function agreed(
  stacks: readonly BoardSettings[],
  key: "origin" | "proxyHeader",
): { value: string | null; problem: string | null } {
  const set = stacks.flatMap(({ stack, board }) => {
    const value = board?.[key];
    return value === undefined ? [] : [{ stack, value }];
  });
  const [first] = set;
  if (first === undefined) return { value: null, problem: null };
  const other = set.find(({ value }) => value !== first.value);
  if (other === undefined) return { value: first.value, problem: null };
  const where = `board.${key} is "${first.value}" on ${first.stack} and "${other.value}" on ${other.stack}`;
  return { value: null, problem: `${where}: write the same on both, they share one board` };
}

/** What a proxy lacks so that people are known through it; null where it lacks nothing, or none is set up. */
function missing(header: string | null, secret: string | null, stacks: readonly BoardSettings[]): string | null {
  if (header === null && secret === null) return null;
  if (secret === null) return `${SECRET} isn't set: without it anybody could send the header of board.proxyHeader`;
  if (header !== null) return null;
  return stacks.some(({ board }) => board === null)
    ? "the stacks' settings aren't read yet: load the page again in a moment"
    : "board.proxyHeader isn't set on any stack: write the header in which the proxy names who is signed in";
}
