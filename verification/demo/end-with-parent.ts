/** Preloaded into a service: whatever ends the process that started it, a kill too, ends this one as SIGTERM would. */
process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
process.channel?.unref();
