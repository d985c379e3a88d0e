import type { ProviderContext } from "../../src/runner/provider.ts";

/** The world of a provider without a key that nobody shares anything with. */
export function contextOf<P>(params: P): ProviderContext<P> {
  return {
    params,
    file: (path) => path,
    secret: () => undefined,
    allowsOrigin: () => false,
    shared: (_name, make) => make(),
  };
}
