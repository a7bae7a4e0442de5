// Loaded before a program that is measured: when it ends, writes its peak memory, in KiB, to the file PEAK_FILE.
process.once('exit', () => {
  require('node:fs').writeFileSync(process.env.PEAK_FILE, `${process.resourceUsage().maxRSS}`);
});
