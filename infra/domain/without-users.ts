/**
 * What judges a release that too few users send requests to: our own (`probes`), nothing, so that it goes back when its time
 * is up (`hold`), or a person (`wait`).
 */
export const WITHOUT_USERS = ["probes", "hold", "wait"] as const;
export type WithoutUsers = (typeof WITHOUT_USERS)[number];
