import { useEffect, useState } from "preact/hooks";
import type { OpenSet } from "../open-page.ts";
import { searchItems } from "./search-items.ts";

/** What a search has found so far; both undefined where nothing is searched for. */
export function useSearch(
  set: OpenSet | undefined,
  among: readonly number[],
  query: string,
): { readonly found: readonly number[] | undefined; readonly searched: number | undefined } {
  const [state, setState] = useState<{ found?: readonly number[]; searched?: number }>({});
  useEffect(() => {
    if (set === undefined || query.trim() === "") {
      setState({});
      return;
    }
    let stopped = false;
    const search = async () => {
      for await (const reached of searchItems(set, among, query)) {
        if (stopped) return;
        setState(reached);
      }
    };
    // While somebody types, only the last word counts.
    const timer = setTimeout(() => void search(), typingMs);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [set, among, query]);
  return { found: state.found, searched: state.searched };
}

const typingMs = 120;
