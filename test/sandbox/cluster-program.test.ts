import assert from "node:assert/strict";
import { z } from "zod";
import { releaseStateSchema, withMigration, withRelease } from "../../infra/domain/releases.ts";
import { checkObject } from "../../sandbox/cloud/cluster/check.ts";
import { kindOfToken } from "../../sandbox/cloud/cluster/kinds.ts";
import { propsFromWire } from "../../sandbox/cloud/wire.ts";
import { committed, runProgram } from "../../verification/mocks/program.ts";
import { firstState, manifest, migration, nextRelease } from "../../verification/mocks/release-state.ts";
import { resolved } from "../../verification/mocks/world.ts";

const properties = z.record(z.string(), z.unknown());

describe("the cluster and the program", () => {
  for (const stack of ["staging", "production"] as const) {
    it(`agree about every Kubernetes object of ${stack}, releases, migrations and all`, async () => {
      const current = firstState();
      const next = nextRelease(
        current,
        manifest("2", { migrations: [migration("0001_init"), migration("0002_more")] }),
      );
      const releaseState = withRelease(withMigration(current, next), next);
      const { world, outputs } = await runProgram({
        settings: committed(stack),
        world: { stack, lastOutputs: { releaseState } },
      });
      releaseStateSchema.parse(await resolved(outputs.releaseState));
      const objects = world.registered.filter(({ type }) => type.startsWith("kubernetes:"));
      const kinds = new Set<string>();
      for (const { type, name, inputs } of objects) {
        const kind = kindOfToken(type);
        assert.ok(kind, `${type} is unknown to the cluster`);
        kinds.add(kind);
        assert.deepEqual(checkObject(kind, propsFromWire(properties.parse(inputs))), [], `${type} ${name}`);
      }
      assert.equal(kinds.size, 11);
    });
  }
});
