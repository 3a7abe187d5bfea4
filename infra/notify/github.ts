import { z } from "zod";
import { type Channel, type Limits, type Message, SendError } from "./channel.ts";
import { exchange } from "./post.ts";

/** The longest body and title of an issue that GitHub takes, in characters. */
const LONGEST_BODY = 65_000;
const LONGEST_TITLE = 250;
const PAGE = 100;
/** Pages of issues that are looked through for one of the same key: those touched since the change was opened. */
const PAGES = 10;

/** What issues are opened with. */
export interface GithubOptions {
  /** the API's address, without a slash at its end */
  api: string;
  repository: string;
  labels: readonly string[];
  token: string;
}

const issueSchema = z.object({ html_url: z.string().default(""), body: z.string().nullish() });

/** What tells a message's issue from all others; GitHub doesn't show it. */
export function marker(key: string): string {
  return `<!-- production-runbooks: ${key.replaceAll("--", "- -")} -->`;
}

function read<T>(schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    throw new SendError("unknown", "gave an answer that is no issue");
  }
}

/**
 * Issues of GitHub. One with the message's key is looked for before one is opened: the list shows at once what was
 * opened, while the search lags behind.
 */
export function githubChannel({ api, repository, labels, token }: GithubOptions): Channel {
  const issues = `${api}/repos/${repository}/issues`;
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/vnd.github+json",
    "x-github-api-version": "2022-11-28",
  };
  const find = async ({ key, openedAt }: Message, limits: Limits): Promise<string | null> => {
    for (let page = 1; page <= PAGES; page += 1) {
      const query = new URLSearchParams({
        state: "all",
        since: openedAt,
        sort: "created",
        direction: "desc",
        per_page: String(PAGE),
        page: String(page),
      });
      const text = await exchange({ method: "GET", url: `${issues}?${query}`, headers }, limits);
      const listed = read(z.array(issueSchema), text);
      const found = listed.find(({ body }) => body?.includes(marker(key)) === true);
      if (found !== undefined) return found.html_url;
      if (listed.length < PAGE) return null;
    }
    return null;
  };
  return {
    name: "github",
    repeats: "recognised",
    async send(message, limits) {
      const known = await find(message, limits);
      if (known !== null) return known;
      const { title, body } = message.ticket;
      const marked = `${body.slice(0, LONGEST_BODY)}\n\n${marker(message.key)}\n`;
      const opening = { title: title.slice(0, LONGEST_TITLE), body: marked, labels };
      return read(issueSchema, await exchange({ method: "POST", url: issues, headers, body: opening }, limits))
        .html_url;
    },
  };
}
