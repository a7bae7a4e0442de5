// Preloaded by bench.ts. At exit, prints the process's peak memory in KiB as the last line.
process.once('exit', () => process.stdout.write(`\n${process.resourceUsage().maxRSS}`));
