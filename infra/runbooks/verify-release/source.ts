import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { CiCheck } from "../../clients/checks.ts";
import type { Repository } from "../../clients/git.ts";
import type { ImageFacts } from "../../clients/registry.ts";
import type { Manifest, Migration } from "../../domain/manifest.ts";
import { fails, holds, type Line } from "./check.ts";

const short = (commit: string): string => commit.slice(0, 12);
const MOST_NAMED = 5;

function few(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** One hash may be written shorter than the other. */
function isSameCommit(one: string, other: string): boolean {
  return one.length >= 7 && other.length >= 7 && (one.startsWith(other) || other.startsWith(one));
}

/** Where a release is cut from. */
export interface Cut {
  branch: string;
  manifest: Pick<Manifest, "commit">;
  /** the manifest's file, by its whole path; null where it came on stdin */
  file: string | null;
}

/** A manifest that is kept in the repository comes one commit after the one that it names (pure). */
function judgeCommit({ head, root, differing }: Repository, { manifest: { commit }, file }: Cut): Line {
  const check = "manifest's commit";
  if (isSameCommit(commit, head)) return holds(check, `the manifest names ${short(commit)}`);
  const others = differing?.filter((name) => join(root, name) !== file) ?? null;
  if (others?.length === 0)
    return holds(check, `${short(head)} differs from ${short(commit)} in nothing but the manifest`);
  const since = others === null ? "" : `, which differs in ${few(others)}`;
  return fails(
    check,
    `the manifest names ${short(commit)}, here is ${short(head)}${since}`,
    `${others === null ? "git fetch, or in CI a checkout that isn't shallow; " : ""}git switch --detach ${short(commit)} and try again there, or write the manifest again with runbook manifest --commit ${short(head)}`,
  );
}

/** A release is cut from the release branch as the remote has it, with nothing of one's own in the tree (pure). */
export function judgeRepository(repository: Repository, cut: Cut): Line[] {
  const { branch, file } = cut;
  const { head, remote, remoteHead } = repository;
  // The manifest itself may lie there: it is written after the commit that it names.
  const changed = repository.changed.filter((name) => join(repository.root, name) !== file);
  const here = repository.branch ?? "a detached commit";
  const onBranch = repository.branch === branch || (repository.branch === null && head === remoteHead);
  return [
    onBranch
      ? holds("release branch", `${here} at ${short(head)}`)
      : fails(
          "release branch",
          `${here} is checked out, releases are cut from ${branch}`,
          `git switch ${branch}, or name the release branch with --branch`,
        ),
    changed.length === 0
      ? holds("clean tree", "nothing differs from the commit")
      : fails(
          "clean tree",
          `${changed.length} differ: ${few(changed)}`,
          "commit or remove them: `git status` lists them",
        ),
    remoteHead === head
      ? holds("up to date with its remote", `${remote}/${branch} is at ${short(head)}`)
      : fails(
          "up to date with its remote",
          remoteHead === null
            ? `${remote} has no branch ${branch}`
            : `${remote}/${branch} is at ${short(remoteHead)}, here is ${short(head)}`,
          `git pull --ff-only ${remote} ${branch}, or git push; then cut the release from that commit`,
        ),
    judgeCommit(repository, cut),
  ];
}

/** Every check of this very commit has passed, and there is one at least (pure). */
export function judgeChecks(checks: readonly CiCheck[], commit: string, except: readonly string[]): Line {
  const check = "CI green for this commit";
  const counted = checks.filter(({ name }) => !except.includes(name));
  const of = (state: CiCheck["state"]) => counted.filter((one) => one.state === state).map(({ name }) => name);
  const [failed, pending] = [of("failed"), of("pending")];
  if (counted.length === 0) {
    return fails(
      check,
      `no check has run for ${short(commit)}`,
      "push the commit and let CI run, or hand its result over with --ci-status FILE",
    );
  }
  if (failed.length > 0)
    return fails(
      check,
      `failed: ${few(failed)}`,
      "look at CI, fix it, and cut the release from the commit that passes",
    );
  if (pending.length > 0) {
    return fails(
      check,
      `still running: ${few(pending)}`,
      "wait for CI; leave a job out that waits for this one with --except NAME",
    );
  }
  return holds(check, `${counted.length} passed for ${short(commit)}: ${few(counted.map(({ name }) => name))}`);
}

/** A status file speaks of one commit alone (pure). */
export function judgeStatusFile(
  file: { commit: string; checks: readonly CiCheck[] },
  commit: string,
  except: readonly string[],
): Line {
  if (isSameCommit(file.commit, commit)) return judgeChecks(file.checks, commit, except);
  return fails(
    "CI green for this commit",
    `the status file speaks of ${short(file.commit)}, not of ${short(commit)}`,
    "let CI run for this commit and take its file",
  );
}

/** The digest exists and its label names the manifest's commit (pure). */
export function judgeImage(facts: ImageFacts | null, { image, commit }: Pick<Manifest, "image" | "commit">): Line[] {
  const exists = "image exists";
  const built = "image built from this commit";
  if (facts === null) {
    const remedy = "push it, or write the manifest again with the digest that the push printed";
    return [fails(exists, `the registry has no ${image}`, remedy), fails(built, "there is no image", remedy)];
  }
  const label =
    "build it with --label org.opencontainers.image.revision=$(git rev-parse HEAD), and write the manifest again";
  const there = holds(exists, image);
  if (facts.revision === null)
    return [there, fails(built, `the image doesn't say from which commit (${facts.source} is missing)`, label)];
  if (isSameCommit(facts.revision, commit)) return [there, holds(built, `${facts.source} is ${short(facts.revision)}`)];
  return [
    there,
    fails(built, `${facts.source} is ${short(facts.revision)}, the manifest names ${short(commit)}`, label),
  ];
}

/** The manifest lists exactly the folder's files, in their order, with their hashes (pure). */
export function judgeMigrations(listed: readonly Migration[], files: readonly Migration[], folder: string): Line {
  const check = "manifest matches migrations";
  const differ = [...new Set([...listed, ...files].map(({ id }) => id))].filter(
    (id) =>
      !isDeepStrictEqual(
        listed.find((one) => one.id === id),
        files.find((one) => one.id === id),
      ),
  );
  const remedy = `write the manifest again with runbook manifest --migrations ${folder}`;
  if (differ.length > 0) return fails(check, `they differ in ${few(differ)}`, remedy);
  if (!isDeepStrictEqual(listed, files)) return fails(check, "their order differs", remedy);
  return holds(check, `${files.length} of ${folder}, each with its sha256`);
}
