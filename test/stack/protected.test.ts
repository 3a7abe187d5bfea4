import assert from "node:assert/strict";
import { protectedProblems } from "../../infra/stack/protected.ts";

const URN = "urn:pulumi:staging::p::p:index:SessionStore$aws:elasticache/replicationGroup:ReplicationGroup::app";
const engine = (verb: string) =>
  `ReplicationGroup app: Preview failed: resource "${URN}" cannot be ${verb}\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag`;

describe("an update that would lose a protected resource", () => {
  it("is told as a violation, with what to take back before how to lose it", () => {
    for (const verb of ["deleted", "replaced"]) {
      const [problem, ...more] = protectedProblems("staging", [engine(verb), "stack: preview failed"]) ?? [];
      assert.match(
        problem ?? "",
        /^policy protected-state: aws:elasticache\/replicationGroup:ReplicationGroup app would be .*take back the setting.*--stack staging.*only to lose it on purpose: pulumi state unprotect 'urn:/,
      );
      assert.deepEqual(more, []);
    }
  });

  it("keeps what else went wrong, and says nothing of other updates", () => {
    assert.equal(protectedProblems("staging", [engine("deleted"), "bucket: no access"])?.[1], "bucket: no access");
    assert.equal(protectedProblems("staging", ["bucket: no access", "preview failed"]), null);
  });
});
