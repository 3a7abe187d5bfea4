import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { podAddresses } from "../../../verification/real/node/addresses.ts";
import { ConfigError, environmentOf, type Sources } from "../../../verification/real/node/environment.ts";
import { nanocores, selects } from "../../../verification/real/node/metrics-api.ts";
import { backoffBefore } from "../../../verification/real/node/pod.ts";

const sources: Sources = {
  configMap: async (_, name) => (name === "settings" ? { LOG_LEVEL: "info" } : null),
  secret: async (_, name) => (name === "keys" ? { KEY: "k" } : null),
};
const pod = { metadata: { name: "app-1", namespace: "app", labels: { release: "r1" } }, spec: { containers: [] } };

describe("a node of the real parts", () => {
  it("gives no address to two pods at a time, and none again at once", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (turns) => {
        const addresses = podAddresses("10.244.1");
        const held: string[] = [];
        let last = "";
        for (const takes of turns) {
          if (takes && held.length < 200) {
            const address = addresses.take();
            assert.ok(!held.includes(address) && address !== last);
            held.push(address);
          } else {
            last = held.shift() ?? "";
            if (last !== "") addresses.giveBack(last);
          }
        }
      }),
      { seed: 12, numRuns: 100 },
    );
  });

  it("makes a container's environment from Secrets, ConfigMaps and the pod itself, and says what isn't there", async () => {
    const container = {
      name: "app",
      envFrom: [{ configMapRef: { name: "settings" } }],
      env: [
        { name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "KEY" } } },
        { name: "IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "RELEASE", valueFrom: { fieldRef: { fieldPath: "metadata.labels['release']" } } },
        { name: "BOTH", value: "$(IP):$(RELEASE)" },
      ],
    };
    assert.deepEqual(await environmentOf(container, pod, "10.244.1.2", sources), {
      LOG_LEVEL: "info",
      KEY: "k",
      IP: "10.244.1.2",
      RELEASE: "r1",
      BOTH: "10.244.1.2:r1",
    });
    const lacking = {
      name: "app",
      env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "OTHER" } } }],
    };
    await assert.rejects(environmentOf(lacking, pod, "", sources), ConfigError);
  });

  it("restarts at once, then later and later, five minutes apart at most", () => {
    assert.deepEqual([1, 2, 3, 4, 20].map(backoffBefore), [0, 10_000, 20_000, 40_000, 300_000]);
  });

  it("measures CPU between two samples and answers for the pods that a selector names", () => {
    const sample = (at: number, cpuSeconds: number) => ({ at: new Date(at), usage: { cpuSeconds, bytes: 0 } });
    assert.equal(nanocores(sample(0, 1), sample(5_000, 2)), 200_000_000);
    assert.equal(nanocores(sample(0, 1), sample(0, 1)), 0);
    assert.ok(selects("app=web,tier in (a,b),here", { app: "web", tier: "b", here: "" }));
    assert.ok(!selects("app=web", { app: "job" }));
    assert.ok(selects("app!=web", {}));
    assert.ok(selects("", {}));
  });

  it("binds a pod's server to the pod's address alone", () => {
    const bind = pathToFileURL(join(import.meta.dirname, "../../../verification/real/node/bind.mjs")).href;
    const program = `
      const server = require("node:http").createServer();
      server.listen(0, () => { console.log(server.address().address); server.close(); });`;
    const env = { ...process.env, RUNBOOKS_POD_IP: "127.0.0.7", NODE_OPTIONS: `--import=${bind}` };
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", program], { env, encoding: "utf8" });
    assert.equal(stdout.trim(), "127.0.0.7", stderr);
  });
});
