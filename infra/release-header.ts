/** The header that asks the Gateway for one release, and in whose answer it says which one has served. */
export const RELEASE_HEADER = "x-runbooks-release";
