/** A JSON value: what a verdict's evidence and a gate's memory are made of. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
