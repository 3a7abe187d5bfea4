/** Loaded before a command's own code (`node --import`): the clock of its machine has gone back by a day. */
const DAY = 86_400_000;
const now = Date.now;
Date.now = () => now() - DAY;
