import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { environmentOfPeer, holderIn, variablesIn } from "../../sandbox/cloud/engine-environment.ts";

describe("the environment of the engine that asks", () => {
  it("is that of the process at the other end of the connection", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const script = `require("net").connect(${address.port}, "127.0.0.1")`;
    const env = { ...process.env, PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" };
    const engine = spawn(process.execPath, ["-e", script], { env, stdio: "ignore" });
    try {
      const [socket]: Socket[] = await once(server, "connection");
      assert.ok(socket);
      const found = environmentOfPeer(`127.0.0.1:${socket.remotePort}`, address.port);
      assert.equal(found.PULUMI_K8S_UPSERT_EXISTING_OBJECTS, "true");
      assert.deepEqual(environmentOfPeer("127.0.0.1:1", address.port), {});
      socket.destroy();
    } finally {
      engine.kill("SIGKILL");
      server.close();
    }
  });

  it("is found by lsof and ps where there is no /proc", () => {
    const connections =
      "p700\nf19\nn127.0.0.1:37563->127.0.0.1:54664\np28659\nf12\nn127.0.0.1:54664->127.0.0.1:37563\n";
    assert.equal(holderIn(connections, 54664, 37563), 28659);
    assert.equal(holderIn(connections, 54664, 1), null);
    assert.equal(holderIn("", 54664, 37563), null);
    const command =
      "pulumi up --config=a=b PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true EMPTY= PATH=/usr/bin:/bin HOME=/Users/a b";
    assert.deepEqual(variablesIn(command), {
      PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true",
      EMPTY: "",
      PATH: "/usr/bin:/bin",
      HOME: "/Users/a",
    });
  });
});
