import { z } from "zod";
import { duration } from "../domain/durations.ts";
import { calendarSchema } from "./calendar.ts";

const name = z.string().trim().min(1);

const approvals = z
  .strictObject({
    /** how many people other than the author must approve */
    quorum: z.int().min(1),
    /** for how long a change waits for them, counted on the wall, in the sandbox too */
    expireAfter: duration.refine((milliseconds) => milliseconds > 0, "must be longer than nothing"),
    /** who may approve; anyone where it isn't set */
    approvers: z.array(name).min(1).optional(),
    /** a person's other names, so that nobody approves their own change under one */
    aliases: z.record(name, z.array(name)).default({}),
  })
  .refine(({ quorum, approvers }) => approvers === undefined || approvers.length > quorum, {
    path: ["approvers"],
    error: "are too few: the author may be one of them, so name more than quorum",
  });

/** When changes may begin and who must agree; nothing set: at any time, and nobody. */
export const changeRulesSchema = z.strictObject({
  ...calendarSchema.shape,
  timeZone: calendarSchema.shape.timeZone.default("UTC"),
  approvals: approvals.optional(),
});

export type ChangeRules = z.infer<typeof changeRulesSchema>;
