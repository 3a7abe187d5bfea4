import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClient } from "../../infra/clients/kubernetes-client.ts";
import { tokenFilesIn } from "../../infra/clients/token-files.ts";
import { listen } from "../../sandbox/cloud/cluster/gateway/listener.ts";

describe("a kubeconfig whose user has a token file", () => {
  const before = process.env.KUBECONFIG;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "token-"));
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
    await rm(folder, { recursive: true });
  });

  it("is asked for as client-go asks: with the file's token, beside the kubeconfig where its path is relative", async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.authorization);
      response.end("{}");
    });
    const url = `http://127.0.0.1:${await listen(server)}`;
    const user = (tokenFile: string) => ({ name: tokenFile, user: { tokenFile } });
    const context = (name: string) => ({ name, context: { cluster: "here", user: name } });
    const absolute = join(folder, "other");
    const kubeconfig = {
      "current-context": "token",
      clusters: [{ name: "here", cluster: { server: url, "insecure-skip-tls-verify": true } }],
      users: [user("token"), user(absolute), { name: "plain", user: { token: "plain" } }],
      contexts: [context("token"), context(absolute), context("plain")],
    };
    await writeFile(join(folder, "token"), "one");
    await writeFile(absolute, "two");
    process.env.KUBECONFIG = join(folder, "kubeconfig");
    await writeFile(process.env.KUBECONFIG, JSON.stringify(kubeconfig));
    try {
      for (const name of [null, "plain"]) await (await openClient({ context: name })).read("/version");
      assert.deepEqual(asked, ["Bearer one", "Bearer plain"]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("names no file where there is none, or the text is another one", () => {
    assert.deepEqual([...tokenFilesIn("", "/f")], []);
    assert.deepEqual([...tokenFilesIn("users: 1", "/f")], []);
    assert.deepEqual(
      [...tokenFilesIn('{"users":[{"name":"a","user":{"tokenFile":"../t"}},{"name":"b","user":null}]}', "/f/g")],
      [["a", "/f/t"]],
    );
  });
});
