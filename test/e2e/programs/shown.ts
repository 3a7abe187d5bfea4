import { ComponentResource } from "@pulumi/pulumi";
import type { Fixture } from "../../policies/fixture.ts";

/**
 * A resource with a provider's type, inputs and outputs and no provider behind it, which might refuse it before a policy sees it. The engine
 * shows the inputs to the policies of one resource, the outputs to those of the whole program.
 */
export class Shown extends ComponentResource {
  constructor({ type, name, props, protect = false }: Fixture) {
    super(type, name, props, { protect });
    this.registerOutputs(props);
  }
}
