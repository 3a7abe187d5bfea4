import { readFile } from "node:fs/promises";
import { z } from "zod";
import { expectation } from "../domain/problems.ts";
import { ask } from "./http.ts";

/** One check that CI ran for a commit. */
export interface CiCheck {
  name: string;
  state: "passed" | "failed" | "pending";
}

const runsSchema = z.object({
  total_count: z.int(),
  check_runs: z.array(z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullable() })),
});
const statusSchema = z.object({
  total_count: z.int(),
  statuses: z.array(z.object({ context: z.string(), state: z.string() })),
});
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
    const { status, text } = await ask({
      url: `${api}/repos/${repository}/commits/${commit}/${path}`,
      headers: {
        accept: "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      within: WITHIN,
    });
    if (status === 200) return JSON.parse(text);
    throw new Error(`${api} answered ${status} for ${repository}: ${text.slice(0, 120)}`);
  };
  const runs = await allPages("check runs", async (page) => {
    const { total_count, check_runs } = runsSchema.parse(
      await get(`check-runs?filter=latest&per_page=${PAGE}&page=${page}`),
    );
    return { total: total_count, found: check_runs };
  });
  const statuses = await allPages("commit statuses", async (page) => {
    const { total_count, statuses: found } = statusSchema.parse(await get(`status?per_page=${PAGE}&page=${page}`));
    return { total: total_count, found };
  });
  return [
    ...runs.map(({ name, status, conclusion }): CiCheck => {
      const passed = PASSED.has(conclusion ?? "") ? "passed" : "failed";
      return { name, state: status === "completed" ? passed : "pending" };
    }),
    ...statuses.map(({ context, state }) => ({ name: context, state: stateOf(state) })),
  ];
}

/** Everything that a list has. @throws Error where its pages end before its count: one that is missing may have failed */
async function allPages<Item>(
  what: string,
  pageOf: (page: number) => Promise<{ total: number; found: readonly Item[] }>,
): Promise<Item[]> {
  const all: Item[] = [];
  for (let page = 1; ; page += 1) {
    const { total, found } = await pageOf(page);
    all.push(...found);
    if (all.length >= total) return all;
    if (found.length === 0) throw new Error(`GitHub lists ${all.length} of ${total} ${what}: ask again`);
  }
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
