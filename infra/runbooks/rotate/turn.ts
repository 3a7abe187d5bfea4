import type { Plan, Rotation } from "../../change/plan.ts";
import { badInput } from "../../errors.ts";
import type { IssuersOptions } from "../../issuers/index.ts";
import type { Issuer } from "../../issuers/issuer.ts";
import type { RecordStore } from "../../records/store.ts";
import type { Stack } from "../../stack/stack.ts";
import type { TaskContext } from "../task.ts";
import type { Written } from "./scan.ts";

/** What the tasks work with. */
export interface RotationOutside extends Pick<IssuersOptions, "settings" | "kubernetes" | "tokens"> {
  stack: Pick<Stack, "name" | "credentials" | "encrypt" | "exported">;
  store: Written["store"] & Pick<RecordStore, "ofStack">;
  /** how long an issuer may take to come to what is waited for, in milliseconds; a minute unless said */
  within?: number;
  target(plan: Pick<Plan, "release" | "stable">): ReturnType<IssuersOptions["target"]>;
}

/** A task of a rotation, and who issues its secret. */
export type Turn = TaskContext & { rotation: Rotation; issuer: Issuer };

/** A value of the rotation, from the stack's encrypted state. */
export async function keptValue({ stack }: RotationOutside, { secret }: Rotation, generation: string): Promise<string> {
  const value = (await stack.credentials())[secret][generation];
  if (value !== undefined) return value;
  throw badInput(`${secret}: the stack keeps no value of ${generation}`);
}
