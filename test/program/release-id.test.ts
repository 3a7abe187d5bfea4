import assert from "node:assert/strict";
import fc from "fast-check";
import { bundleName, bundlePattern, releaseIdOf } from "../../infra/domain/release-id.ts";
import { releaseSchema } from "../../infra/domain/releases.ts";

const application = fc.stringMatching(/^[a-z]([a-z0-9-]{0,15}[a-z0-9])?$/);
const hash = fc.stringMatching(/^[0-9a-f]{64}$/);

describe("a release's id", () => {
  it("is made, checked and found in names by one rule", () => {
    fc.assert(
      fc.property(application, hash, (name, made) => {
        const id = releaseIdOf(made);
        assert.equal(releaseSchema.shape.id.safeParse(id).success, true);
        assert.equal(new RegExp(`^${bundlePattern(name)}$`).exec(bundleName(name, id))?.[1], id);
      }),
    );
  });

  it("is found in no name of another kind", () => {
    for (const name of ["app", "app-metrics", "app-r12345678", "app-r12345678g", "other-r123456789"]) {
      assert.equal(new RegExp(`^${bundlePattern("app")}$`).test(name), false, name);
    }
  });
});
