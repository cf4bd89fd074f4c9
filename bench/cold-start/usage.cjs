'use strict';
// Preloaded into the measured processes: writes what the process has used so far to file descriptor 3 on SIGUSR2.
const { writeSync } = require('node:fs');

process.on('SIGUSR2', () => {
  const { user, system } = process.cpuUsage();
  const rss = process.memoryUsage.rss();
  writeSync(3, `${JSON.stringify({ cpuMs: (user + system) / 1000, rssMb: rss / 2 ** 20 })}\n`);
});

process.on('SIGTERM', () => process.exit());
