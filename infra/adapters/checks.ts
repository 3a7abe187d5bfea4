import { readFile } from "node:fs/promises";
import { request } from "undici";
import { z } from "zod";
import { expectation } from "../settings/problems.ts";

/** One check that CI ran for a commit. */
export interface CiCheck {
  name: string;
  state: "passed" | "failed" | "pending";
}

const runsSchema = z.object({
  total_count: z.int(),
  check_runs: z.array(z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullable() })),
});
const statusSchema = z.object({ statuses: z.array(z.object({ context: z.string(), state: z.string() })) });
const fileSchema = z.object({
  commit: z.string().regex(/^[0-9a-f]{7,64}$/, "must be the commit's hash"),
  checks: z.array(z.object({ name: z.string().min(1), state: z.enum(["passed", "failed", "pending"]) })).min(1),
});

const PASSED = new Set(["success", "neutral", "skipped"]);
const PAGE = 100;
const WITHIN = 15_000;

export interface GithubChecks {
  /** the API's address, without a slash at its end */
  api: string;
  /** OWNER/REPOSITORY */
  repository: string;
  /** null: asked without, as a public repository allows */
  token: string | null;
}

/**
 * What GitHub's checks and commit statuses say of a commit.
 * @throws Error where the API doesn't answer 200, never with the token
 */
export async function githubChecks({ api, repository, token }: GithubChecks, commit: string): Promise<CiCheck[]> {
  const get = async (path: string): Promise<unknown> => {
    const answer = await request(`${api}/repos/${repository}/commits/${commit}/${path}`, {
      headers: {
        accept: "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
        "user-agent": "production-runbooks",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(WITHIN),
    });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return JSON.parse(text);
    throw new Error(`${api} answered ${answer.statusCode} for ${repository}: ${text.slice(0, 120)}`);
  };
  const checks: CiCheck[] = [];
  for (let page = 1, total = 1; checks.length < total; page += 1) {
    const runs = runsSchema.parse(await get(`check-runs?filter=latest&per_page=${PAGE}&page=${page}`));
    total = runs.total_count;
    if (runs.check_runs.length === 0) break;
    for (const { name, status, conclusion } of runs.check_runs) {
      const passed = PASSED.has(conclusion ?? "") ? "passed" : "failed";
      checks.push({ name, state: status === "completed" ? passed : "pending" });
    }
  }
  const { statuses } = statusSchema.parse(await get("status"));
  return [...checks, ...statuses.map(({ context, state }) => ({ name: context, state: stateOf(state) }))];
}

function stateOf(status: string): CiCheck["state"] {
  if (status === "pending") return "pending";
  return status === "success" ? "passed" : "failed";
}

/**
 * What another CI has written down: JSON `{ commit, checks: [{ name, state: passed|failed|pending }] }`.
 * @throws Error where the file isn't that
 */
export async function statusFile(path: string): Promise<{ commit: string; checks: CiCheck[] }> {
  const parsed = fileSchema.safeParse(JSON.parse(await readFile(path, "utf8")), { error: expectation });
  if (parsed.success) return parsed.data;
  throw new Error(
    `${path}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ")}`,
  );
}
