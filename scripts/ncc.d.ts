// @vercel/ncc has no types. This is what scripts/build.ts uses of it.
declare module '@vercel/ncc' {
  export interface Module {
    readonly identifier?: string;
    readonly modules?: readonly Module[];
  }

  interface Output {
    readonly code: string;
    readonly assets: Readonly<Record<string, { readonly source: string | Uint8Array }>>;
    readonly stats: { toJson(options: Readonly<Record<string, boolean>>): { readonly modules: readonly Module[] } };
  }

  export default function ncc(input: string, options: Readonly<Record<string, unknown>>): Promise<Output>;
}
