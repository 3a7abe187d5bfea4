import assert from "node:assert/strict";
import { asKept, lost, misspelt, places } from "./kept.ts";

describe("what a server keeps of what it was sent", () => {
  const sent = {
    kind: "X",
    spec: { replicas: 2, cpu: "1000m", list: [{ name: "a" }] },
    metadata: { labels: { a: "b" } },
  };

  it("may be more, and the same quantity in other words", () => {
    const kept = { ...sent, spec: { ...sent.spec, cpu: "1", list: [{ name: "a", added: 1 }], defaulted: true } };
    assert.deepEqual(lost(sent, kept), []);
  });

  it("isn't less, or another", () => {
    assert.deepEqual(lost(sent, { ...sent, spec: { cpu: "1", list: [{}], replicas: 3 } }), [
      "spec.replicas was sent as 2, kept as 3",
      'spec.list[0].name was sent as "a", kept as undefined',
    ]);
  });

  it("of a Secret is base64", () => {
    assert.deepEqual(asKept({ kind: "Secret", stringData: { KEY: "hush" } }), {
      kind: "Secret",
      data: { KEY: "aHVzaA==" },
    });
  });

  it("is tried with a misspelt field everywhere but where names are anybody's", () => {
    assert.deepEqual(
      places(sent).map((path) => path.join(".")),
      ["", "spec", "spec.list.0", "metadata"],
    );
    assert.deepEqual(misspelt(sent, ["spec", "list", 0]), {
      ...sent,
      spec: { ...sent.spec, list: [{ name: "a", misspelt: "yes" }] },
    });
  });
});
