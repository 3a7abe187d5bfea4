import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a repository's work tree and its remote say. */
export interface Repository {
  /** null: no branch is checked out, as in many CI jobs */
  branch: string | null;
  head: string;
  /** the folder that holds it all; files are named from there */
  root: string;
  /** the files that differ from the commit, or that git doesn't know */
  changed: readonly string[];
  remote: string;
  remoteUrl: string;
  /** the commit that the release branch has on the remote; null where it has no such branch */
  remoteHead: string | null;
  /** the files in which the commit that is checked out differs from the one asked for; null where that isn't known here */
  differing: readonly string[] | null;
}

/** What is to be read of a repository. */
export interface RepositoryQuestion {
  folder: string;
  remote: string;
  branch: string;
  /** the commit that a release was built from */
  built: string;
}

async function gitIn(folder: string, ...args: string[]): Promise<string> {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", LC_ALL: "C" };
  const { stdout } = await promisify(execFile)("git", ["-C", folder, ...args], { env, timeout: 30_000 });
  return stdout;
}

/** The commit that is checked out where a folder lies. @throws Error with git's own words, such as outside a repository */
export async function headOf(folder: string): Promise<string> {
  return (await gitIn(folder, "rev-parse", "HEAD")).trim();
}

/**
 * The commit that is checked out where a folder lies, or why nobody knows it: never an error.
 * @returns neither outside a repository or where there is no git
 */
export async function knownCommit(folder: string): Promise<{ commit: string | null; why: string | null }> {
  try {
    return { commit: await headOf(folder), why: null };
  } catch (error) {
    const isAbsent =
      isOutsideRepository(error) || (error instanceof Error && "code" in error && error.code === "ENOENT");
    return { commit: null, why: isAbsent ? null : ownWords(error) };
  }
}

/** What git said, in one line (pure). */
export function ownWords(error: unknown): string {
  const said = error instanceof Error ? error.message.trim().replace(/^Command failed:.*\n/, "") : String(error);
  return said.replaceAll("\n", " ");
}

/** Whether git failed because the folder lies in no repository, and not because it refuses to read the one there. */
export function isOutsideRepository(error: unknown): boolean {
  return error instanceof Error && /^fatal: not a git repository/m.test(error.message);
}

/** Whether a commit is here. @throws Error with git's own words where git can't say */
async function hasCommit(folder: string, commit: string): Promise<boolean> {
  try {
    await gitIn(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", `${commit}^{commit}`);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === 1) return false;
    throw error;
  }
}

/** The files of `git status --porcelain -z`; a rename or a copy names two, each in a field of its own (pure). */
export function changedFiles(status: string): string[] {
  const fields = status.split("\0").filter((field) => field !== "");
  const files: string[] = [];
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? "";
    files.push(field.slice(3));
    if (/^(?:[RC].|.[RC])/.test(field)) {
      index += 1;
      files.push(fields[index] ?? "");
    }
  }
  return files;
}

/**
 * Reads a repository with git; the remote itself is asked, nothing is fetched.
 * @throws Error with git's own words
 */
export async function readRepository({ folder, remote, branch, built }: RepositoryQuestion): Promise<Repository> {
  const git = gitIn.bind(null, folder);
  const [head, current, status, remoteUrl, root] = await Promise.all([
    headOf(folder),
    git("rev-parse", "--abbrev-ref", "HEAD"),
    git("status", "--porcelain", "-z"),
    git("remote", "get-url", remote),
    git("rev-parse", "--show-toplevel"),
  ]);
  // A commit that isn't here, as in a shallow clone, is no error: it differs in what nobody knows.
  const names = (await hasCommit(folder, built)) ? await git("diff", "--name-only", "-z", built, "HEAD", "--") : null;
  const listed = await git("ls-remote", "--heads", remote, `refs/heads/${branch}`);
  return {
    branch: current.trim() === "HEAD" ? null : current.trim(),
    head,
    root: root.trim(),
    changed: changedFiles(status),
    remote,
    remoteUrl: remoteUrl.trim(),
    remoteHead: listed.split(/\s/)[0] || null,
    differing: names?.split("\0").filter((name) => name !== "") ?? null,
  };
}

/** The OWNER/REPOSITORY of a remote's address, where it has one: ssh, https, with or without .git (pure). */
export function slugOf(remoteUrl: string): string | null {
  return /[/:](?<slug>[\w.-]+\/[\w.-]+?)(\.git)?\/?$/.exec(remoteUrl)?.groups?.slug ?? null;
}
