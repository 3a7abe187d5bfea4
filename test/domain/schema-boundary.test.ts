import assert from "node:assert/strict";
import fc from "fast-check";
import { boundaryTo } from "../../infra/domain/schema-boundary.ts";
import { migration } from "../../verification/mocks/release-state.ts";

const parts = fc.record({
  phase: fc.constantFrom("expand" as const, "contract" as const),
  reversible: fc.constantFrom("yes" as const, "lossy" as const, "no" as const),
});
const schemas = fc
  .array(parts, { minLength: 1, maxLength: 8 })
  .map((list) => list.map((one, index) => migration(`000${index}_m`, one)));

describe("a schema boundary", () => {
  it("is none exactly where the schemas are the same", () => {
    fc.assert(
      fc.property(schemas, fc.nat(), (schema, cut) => {
        const listed = schema.slice(0, (cut % schema.length) + 1);
        assert.equal(boundaryTo(schema, { migrations: listed }).kind === "none", listed.length === schema.length);
      }),
    );
  });

  it("is reversible only where nothing since loses data or contracts, and names all that stands between", () => {
    fc.assert(
      fc.property(schemas, fc.nat(), (schema, cut) => {
        const kept = (cut % schema.length) + 1;
        const boundary = boundaryTo(schema, { migrations: schema.slice(0, kept) });
        const since = schema.slice(kept);
        if (boundary.kind === "none") return;
        assert.notEqual(boundary.kind, "incompatible");
        if (boundary.kind === "incompatible") return;
        assert.deepEqual(boundary.since, since);
        const free = since.every(({ phase, reversible }) => phase === "expand" && reversible === "yes");
        assert.equal(boundary.kind === "reversible", free);
        if (boundary.kind === "reversible") return;
        assert.equal(
          boundary.kind === "irreversible",
          since.some(({ reversible }) => reversible === "no"),
        );
        assert.ok(boundary.blocking.length > 0);
      }),
    );
  });

  it("is incompatible with a release that needs more, or was made for other files", () => {
    const schema = [migration("0001_a"), migration("0002_b")];
    const more = boundaryTo(schema, { migrations: [...schema, migration("0003_c")] });
    assert.deepEqual(more, {
      kind: "incompatible",
      why: "it needs 0003_c, which the database doesn't have: deploy it instead",
    });
    const other = boundaryTo(schema, { migrations: [migration("0001_a", { sha256: "f".repeat(64) })] });
    assert.deepEqual(other, { kind: "incompatible", why: "its 0001_a isn't the one that the database has applied" });
  });
});
