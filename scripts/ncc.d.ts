// @vercel/ncc has no types. Only the parts that scripts/build.ts uses are declared here.
declare module '@vercel/ncc' {
  interface Output {
    readonly code: string;
    readonly assets: Readonly<Record<string, { readonly source: string | Uint8Array }>>;
    readonly stats: { readonly compilation: { readonly fileDependencies: Iterable<string> } };
  }

  export default function ncc(input: string, options: Readonly<Record<string, unknown>>): Promise<Output>;
}
