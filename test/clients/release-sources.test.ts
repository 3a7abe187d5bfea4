import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { githubChecks, statusFile } from "../../infra/clients/checks.ts";
import { readRepository, slugOf } from "../../infra/clients/git.ts";
import { imageFacts, partsOf } from "../../infra/clients/registry.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

/** Serves on loopback while `use` runs. */
async function serving<Result>(answer: RequestListener, use: (url: string) => Promise<Result>): Promise<Result> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  assert.ok(address !== null && typeof address === "object");
  try {
    return await use(`http://127.0.0.1:${address.port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function inRoom(use: (room: string) => Promise<void>): Promise<void> {
  const room = await mkdtemp(join(tmpdir(), "release-sources-"));
  try {
    await use(room);
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

describe("a repository, read with git", () => {
  it("says its branch, what differs, and where the remote's branch stands", () =>
    inRoom(async (room) => {
      const [bare, work] = [join(room, "bare"), join(room, "work")];
      const git = (folder: string, ...args: string[]) =>
        execFileSync("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@b.c", ...args], {
          encoding: "utf8",
          stdio: "pipe",
        }).trim();
      git(room, "init", "-q", "--bare", "bare");
      git(room, "init", "-q", "-b", "main", "work");
      git(work, "remote", "add", "origin", bare);
      await writeFile(join(work, "a file"), "1");
      git(work, "add", ".");
      git(work, "commit", "-qm", "one");
      git(work, "push", "-q", "origin", "main");
      const first = git(work, "rev-parse", "HEAD");
      const asked = { folder: work, remote: "origin", built: first };
      const clean = await readRepository({ ...asked, branch: "main" });
      assert.deepEqual(clean, {
        branch: "main",
        head: first,
        root: work,
        changed: [],
        remote: "origin",
        remoteUrl: bare,
        remoteHead: first,
        differing: [],
      });
      await writeFile(join(work, "release.yaml"), "");
      git(work, "add", ".");
      git(work, "commit", "-qm", "the manifest");
      const later = await readRepository({ ...asked, branch: "main" });
      assert.deepEqual(later.differing, ["release.yaml"]);
      const shallow = await readRepository({ ...asked, branch: "main", built: "4f8cd63d581c257f" });
      assert.equal(shallow.differing, null);
      await writeFile(join(work, "a file"), "2");
      await writeFile(join(work, "new"), "");
      git(work, "switch", "-q", "--detach");
      const changed = await readRepository({ ...asked, branch: "release" });
      assert.deepEqual([changed.branch, changed.changed, changed.remoteHead], [null, ["a file", "new"], null]);
    })).timeout(30_000);

  it("has a name on GitHub however its address is written", () => {
    for (const url of [
      "git@github.com:example/app.git",
      "https://github.com/example/app",
      "ssh://git@github.com/example/app.git/",
    ])
      assert.equal(slugOf(url), "example/app", url);
  });
});

describe("CI's checks of a commit", () => {
  it("are GitHub's check runs, all pages of them, and its commit statuses", async () => {
    const asked: string[] = [];
    const checks = await serving(
      (request, response) => {
        asked.push(`${request.headers.authorization} ${request.url}`);
        const page = /page=(\d+)$/.exec(request.url ?? "")?.[1];
        const run =
          page === "1"
            ? { name: "test", status: "completed", conclusion: "success" }
            : { name: "lint", status: page === "2" ? "in_progress" : "", conclusion: null };
        const status = page === "1" ? { context: "deploy", state: "failure" } : { context: "old-ci", state: "success" };
        const list = request.url?.includes("/check-runs?") ? { check_runs: [run] } : { statuses: [status] };
        response.end(JSON.stringify({ total_count: 2, ...list }));
      },
      (api) => githubChecks({ api, repository: "example/app", token: "t" }, "abc"),
    );
    assert.deepEqual(checks, [
      { name: "test", state: "passed" },
      { name: "lint", state: "pending" },
      { name: "deploy", state: "failed" },
      { name: "old-ci", state: "passed" },
    ]);
    assert.equal(asked[0], "Bearer t /repos/example/app/commits/abc/check-runs?filter=latest&per_page=100&page=1");
  });

  it("aren't guessed where a list ends before its count", async () => {
    const cut = serving(
      (request, response) => {
        const list = request.url?.includes("/check-runs?")
          ? { total_count: 0, check_runs: [] }
          : { total_count: 31, statuses: [] };
        response.end(JSON.stringify(list));
      },
      (api) => githubChecks({ api, repository: "example/app", token: null }, "abc"),
    );
    await assert.rejects(cut, /lists 0 of 31 commit statuses/);
  });

  it("aren't guessed where GitHub refuses, and the token isn't told", async () => {
    const refuse = serving(
      (_, response) => response.writeHead(403).end("no"),
      (api) => githubChecks({ api, repository: "example/app", token: "hush-hush" }, "abc"),
    );
    await assert.rejects(refuse, (error: Error) => /answered 403/.test(error.message) && !/hush/.test(error.message));
  });

  it("come from a file, which names its commit and one check at least", () =>
    inRoom(async (room) => {
      const path = join(room, "ci.json");
      const checks = [{ name: "test", state: "passed" }];
      await writeFile(path, JSON.stringify({ commit: "4f8cd63", checks }));
      assert.deepEqual(await statusFile(path), { commit: "4f8cd63", checks });
      await writeFile(path, JSON.stringify({ commit: "4f8cd63", checks: [] }));
      await assert.rejects(statusFile(path), /checks/);
    }));
});

describe("an image in its registry", () => {
  const manifests: Record<string, object> = {
    [DIGEST]: {
      manifests: [
        { digest: "sha256:other", platform: { os: "windows", architecture: "amd64" } },
        { digest: "sha256:linux", platform: { os: "linux", architecture: "amd64" } },
      ],
    },
    "sha256:linux": { config: { digest: "sha256:config" } },
  };
  const config = { config: { Labels: { "org.opencontainers.image.revision": "4f8cd63d581c" } } };

  /** A registry that asks for a token and keeps its blobs elsewhere. */
  const registry: RequestListener = (request, response) => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    if (url.pathname === "/token")
      return void response.end(JSON.stringify({ token: `for-${url.searchParams.get("scope")}` }));
    if (url.pathname === "/elsewhere") {
      assert.equal(request.headers.authorization, undefined, "the token isn't for there");
      return void response.end(JSON.stringify(config));
    }
    if (request.headers.authorization !== "Bearer for-repository:team/app:pull") {
      const challenge = `Bearer realm="http://${request.headers.host}/token",service="registry",scope="repository:team/app:pull"`;
      return void response.writeHead(401, { "www-authenticate": challenge }).end();
    }
    if (url.pathname === "/v2/team/app/blobs/sha256:config")
      return void response.writeHead(307, { location: "/elsewhere" }).end();
    const found = manifests[url.pathname.replace("/v2/team/app/manifests/", "")];
    response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {}));
  };

  it("says the commit of its Linux image's label, with a token from where the registry points to", async () => {
    const facts = await serving(registry, (url) => imageFacts(`registry.example.com/team/app@${DIGEST}`, url));
    assert.deepEqual(facts, { revision: "4f8cd63d581c", source: "label org.opencontainers.image.revision" });
  });

  it("is null where the registry has no such digest", async () => {
    const absent = `registry.example.com/team/app@sha256:${"b".repeat(64)}`;
    assert.equal(await serving(registry, (url) => imageFacts(absent, url)), null);
  });

  it("is looked for where its name says", () => {
    assert.deepEqual(partsOf(`localhost:5000/a/b@${DIGEST}`), {
      host: "localhost:5000",
      repository: "a/b",
      digest: DIGEST,
    });
    assert.deepEqual(partsOf(`redis@${DIGEST}`), {
      host: "registry-1.docker.io",
      repository: "library/redis",
      digest: DIGEST,
    });
    assert.deepEqual(partsOf(`team/app@${DIGEST}`), {
      host: "registry-1.docker.io",
      repository: "team/app",
      digest: DIGEST,
    });
  });
});
