import type { Json, Props } from "./wire.ts";

/** What a handler may know about the resource that it is asked for. */
export interface ResourceContext {
  urn: string;
  type: string;
  name: string;
  stack: string;
  /** The operation's custom timeout; 0 where the program sets none. */
  timeoutSeconds: number;
  preview: "preview" | "apply";
  /** Paths that the program has an update leave as they are. */
  ignoreChanges?: readonly string[];
  /** What the engine that asks was started with; looked up when it is called. */
  engineEnvironment?: () => Readonly<Record<string, string>>;
}

/** One reason why inputs are refused. */
export interface CheckFailure {
  property: string;
  reason: string;
}

/** What a check answers: the inputs with their defaults, and everything that is wrong with them. */
export interface Checked {
  inputs: Props;
  failures: CheckFailure[];
  /** Inputs that are secret under a name that the program didn't give them. */
  secretInputs?: string[];
}

/** What an update would do. */
export interface Difference {
  changes: "none" | "some";
  /** Properties whose change needs a new resource. */
  replaces: string[];
  deleteBeforeReplace?: true;
}

/** What the engine's state has of a resource, and the properties whose changes the program has asked to ignore. */
export interface StateAndIgnored {
  state: Props;
  ignored: readonly string[];
}

/** One resource type. Create and update are never called in a preview: the server answers those by itself. */
export interface ResourceHandler {
  /** Judges the inputs and fills in defaults; any value may be UNKNOWN in a preview. */
  check(inputs: Props, ctx: ResourceContext): Checked;
  /** Compares the checked inputs of the last update with the new ones; `more` where a provider compares with what it has read. */
  diff(olds: Props, news: Props, ctx: ResourceContext, more?: StateAndIgnored): Difference;
  /** Makes the resource; one that is there already is adopted, or refused where the real provider refuses it. */
  create(inputs: Props, ctx: ResourceContext): Promise<{ id: string; outputs: Props; secretOutputs?: string[] }>;
  /** The resource as it is now, or null where it is gone; without inputs, they are read off the outputs. */
  read(
    id: string,
    props: Props,
    ctx: ResourceContext,
  ): Promise<{ outputs: Props; inputs?: Props; secretOutputs?: string[] } | null>;
  /** Changes the resource in place; `olds` are the outputs of the last update. */
  update(
    id: string,
    olds: Props,
    news: Props,
    ctx: ResourceContext,
  ): Promise<{ outputs: Props; secretOutputs?: string[] }>;
  /** Removes the resource; one that is already gone is no error. */
  delete(id: string, props: Props, ctx: ResourceContext): Promise<void>;
}

/** A provider: its resource types by token, and its functions. */
export interface ProviderHandler {
  name: "aws" | "kubernetes" | "random";
  /** The handler of a type token, or undefined where the sandbox has no such type. */
  resource(type: string): ResourceHandler | undefined;
  /** @throws Error for a function that the sandbox doesn't have */
  invoke?(token: string, args: Props): Promise<Props>;
}

/** A resource that exists but isn't well: the engine keeps it in its state and repairs it by the next update. */
export class InitializationFailed extends Error {
  readonly id: string;
  readonly outputs: Props;
  readonly reasons: string[];

  constructor(details: { id: string; outputs: Props; reasons: string[] }) {
    super(details.reasons.join("; "));
    this.name = "InitializationFailed";
    this.id = details.id;
    this.outputs = details.outputs;
    this.reasons = details.reasons;
  }
}

export { UNKNOWN } from "./wire.ts";
export type { Json, Props };
