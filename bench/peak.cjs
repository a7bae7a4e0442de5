// Preloaded by bench.ts: at exit, writes the peak memory in KiB to PEAK_FILE.
process.once('exit', () =>
  require('node:fs').writeFileSync(process.env.PEAK_FILE, `${process.resourceUsage().maxRSS}`),
);
