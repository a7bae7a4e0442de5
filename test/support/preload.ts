/** Environment variables that make a process run this code first. It must not contain a `#`. */
export function preload(code: string): { readonly NODE_OPTIONS: string } {
  return { NODE_OPTIONS: `--import=data:text/javascript,${code.replaceAll(/\s+/g, '%20')}` };
}
