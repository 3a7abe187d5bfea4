/** Preloaded into a process of the demo's: whatever ends the demo, a kill too, ends this process as SIGTERM would. */
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
