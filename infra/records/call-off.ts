import { z } from "zod";

/** What somebody asks whoever runs a change: to call it off. It lies beside the record, since only the runner writes events. */
export const callOffSchema = z.strictObject({
  by: z.string(),
  reason: z.string(),
  at: z.iso.datetime(),
});

export type CallOff = z.infer<typeof callOffSchema>;

/** Its name in a change's folder. */
export const CALL_OFF = "call-off.json";
