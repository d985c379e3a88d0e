import type { TestLooks } from "../report/results.ts";
import { formatCounted } from "../steps/format.ts";
import { Section } from "./section.tsx";

/** How often results on test rows were seen: each look is paid for in the level of the gates. */
export function Looks({ looks }: { readonly looks: readonly TestLooks[] }) {
  return (
    <Section title="Looks at the test rows">
      <ul class="looks">
        {looks.map(({ rows, times, level }) => (
          <li>
            <b>{rows}</b> was looked at {formatCounted(times, "time")}
            {level !== undefined && `: each gate is judged at ${Number(level.toPrecision(2))}`}.
          </li>
        ))}
      </ul>
    </Section>
  );
}
