/** A Pulumi program that the pack is content with: what a stack of this project has, and every shape of a hostile program without its fault. */
import { compliant, stack } from "../../policies/fixture.ts";
import { SHAPES, shapeName } from "../../policies/hostile-shapes.ts";
import { Shown } from "./shown.ts";

for (const fixture of compliant) if (fixture !== stack) new Shown(fixture);
for (const [index, { made, right }] of SHAPES.entries()) {
  for (const fixture of made(right)) new Shown({ ...fixture, name: shapeName(index, fixture) });
}
