import assert from "node:assert/strict";
import { parseEngineEvents } from "../../infra/stack/engine-events.ts";

const line = (event: unknown): string => `${JSON.stringify(event)}\n`;
const urn = "urn:pulumi:production::production-runbooks::kubernetes:core/v1:Secret::app-r1";

describe("the engine's events", () => {
  it("tells violations of mandatory policies, errors and counts", () => {
    const log = [
      line({
        sequence: 1,
        policyEvent: {
          resourceUrn: urn,
          message: "<{%reset%}>no<{%reset%}>",
          policyName: "digests",
          enforcementLevel: "mandatory",
        },
      }),
      line({
        sequence: 2,
        policyEvent: { resourceUrn: urn, message: "well", policyName: "advice", enforcementLevel: "advisory" },
      }),
      line({ sequence: 3, diagnosticEvent: { urn, message: "<{%fg 1%}>error: broken\n", severity: "error" } }),
      line({ sequence: 4, diagnosticEvent: { urn, message: "by the way", severity: "info#err" } }),
      line({ sequence: 5, summaryEvent: { resourceChanges: { same: 3, update: 1 } } }),
    ].join("");
    assert.deepEqual(parseEngineEvents(log), {
      violations: ["policy digests: kubernetes:core/v1:Secret app-r1: no"],
      errors: ["kubernetes:core/v1:Secret app-r1: error: broken"],
      warnings: [],
      changes: { same: 3, update: 1 },
      resources: [],
    });
  });

  it("takes a log whose last line was cut off", () => {
    const log = `${line({ summaryEvent: { resourceChanges: { same: 1 } } })}{"diagnosticEv`;
    assert.deepEqual(parseEngineEvents(log).changes, { same: 1 });
  });

  it("says which lines it can't read, and reads on", () => {
    const log = [
      "{ half a line\n",
      line({ policyEvent: { policy: "digests", level: "mandatory" } }),
      line({ somethingNew: {} }),
      line({ diagnosticEvent: { urn, message: "broken", severity: "error" } }),
    ].join("");
    assert.deepEqual(parseEngineEvents(log).errors, [
      "line 1 of the engine's event log can't be read: see that the Pulumi CLI fits",
      "line 2 of the engine's event log can't be read: see that the Pulumi CLI fits",
      "kubernetes:core/v1:Secret app-r1: broken",
    ]);
  });

  it("tells what was done to each resource, and leaves out what stays the same", () => {
    const route = { rules: [{ refs: [{ weight: 100 }, { weight: 0 }] }], token: "[secret]" };
    const moved = { rules: [{ refs: [{ weight: 95 }, { weight: 5 }] }], token: "[secret]", __defaults: [] };
    const log = [
      line({
        resourcePreEvent: { metadata: { op: "same", urn, type: "t", old: { inputs: {} }, new: { inputs: {} } } },
      }),
      line({
        resourcePreEvent: {
          metadata: { op: "create", urn, type: "t", old: null, new: { inputs: { data: { key: "[secret]" } } } },
        },
      }),
      line({
        resourcePreEvent: {
          metadata: { op: "update", urn, type: "t", old: { inputs: route }, new: { inputs: moved } },
        },
      }),
    ].join("");
    assert.deepEqual(parseEngineEvents(log).resources, [
      { op: "create", type: "t", name: "app-r1", properties: [] },
      {
        op: "update",
        type: "t",
        name: "app-r1",
        properties: [
          { path: "rules[0].refs[0].weight", before: "100", after: "95" },
          { path: "rules[0].refs[1].weight", before: "0", after: "5" },
        ],
      },
    ]);
  });
});
