import * as pulumi from "@pulumi/pulumi";

let made = new Set<pulumi.Resource>();

/** Begins to collect what components make from here on: the set grows with each of their resources. */
export function collectResources(): ReadonlySet<pulumi.Resource> {
  made = new Set();
  return made;
}

const collect: pulumi.ResourceTransformation = ({ resource }) => {
  made.add(resource);
  return undefined;
};

/**
 * A component whose resources are collected as they are made, those of its own components too: no list by hand decides whether a failed
 * update looks done. Its type, `production-runbooks:index:KIND`, and its name are its identity in every stack.
 */
export abstract class Component extends pulumi.ComponentResource {
  constructor(kind: string, name: string, opts: pulumi.ComponentResourceOptions = {}) {
    const transformations = [collect, ...(opts.transformations ?? [])];
    super(`production-runbooks:index:${kind}`, name, {}, { ...opts, transformations });
  }
}
