import type { Ticket } from "../changes/ticket.ts";
import type { Post } from "./post.ts";

/** The longest body of an issue that GitHub takes, in characters. */
const LONGEST = 65_000;

/** What an issue is opened with. */
export interface GithubOptions {
  /** the API's address, without a slash at its end */
  api: string;
  repository: string;
  labels: readonly string[];
  token: string;
}

/** An issue of GitHub (pure). */
export function githubPost({ api, repository, labels, token }: GithubOptions, ticket: Ticket): Post {
  return {
    url: `${api}/repos/${repository}/issues`,
    headers: {
      authorization: `Bearer ${token}`,
      accept: "application/vnd.github+json",
      "x-github-api-version": "2022-11-28",
    },
    body: { title: ticket.title.slice(0, 250), body: ticket.body.slice(0, LONGEST), labels },
  };
}
