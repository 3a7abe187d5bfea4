import assert from "node:assert/strict";
import fc from "fast-check";
import { egressPorts, OPEN_PORTS, portOf } from "../../infra/domain/egress-ports.ts";

const port = fc.integer({ min: 1, max: 65_535 });
const configuration = fc.record({ AFM_URL: port.map((number) => `https://afm.example:${number}`) });

describe("the ports that pods may call", () => {
  it("are a URL's own, else its scheme's", () => {
    assert.equal(portOf("https://afm.example"), 443);
    assert.equal(portOf("https://afm.example:443/v1"), 443);
    assert.equal(portOf("http://afm.example"), 80);
    assert.equal(portOf("https://afm.example:8443/v1"), 8443);
    assert.equal(portOf("postgresql://app:word@db.example/app"), 5432);
    assert.equal(portOf("postgres://app:word@db.example:6432/app"), 6432);
    for (const none of ["", "no address", "mysql://db.example"]) assert.equal(portOf(none), null, none);
  });

  it("are those of every stack, in their order, where every address is of one of them", () => {
    const literals = { SUPABASE_URL: "https://a.supabase.co", AFM_URL: "https://afm.example:443", DOCS: "http://b:81" };
    assert.deepEqual(egressPorts([], [literals, {}]), [443, 5432, 6543, 6379]);
  });

  it("are, each once and in one order, also those that are named and those of every release's addresses", () => {
    fc.assert(
      fc.property(fc.array(port), fc.array(configuration), (named, configurations) => {
        const ports = egressPorts(named, configurations);
        const called = configurations.map(({ AFM_URL }) => portOf(AFM_URL));
        assert.deepEqual(new Set(ports), new Set([...OPEN_PORTS, ...named, ...called]));
        assert.equal(new Set(ports).size, ports.length);
        assert.deepEqual(egressPorts(named.toReversed(), configurations.toReversed()), ports);
      }),
      { seed: 20_261_128 },
    );
  });
});
