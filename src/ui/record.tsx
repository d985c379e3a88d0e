import type { Results } from "../report/results.ts";
import { Section, Wide } from "./section.tsx";

/** What ran, on what and with whom. Whole digests are in the lock. */
export function Record({ results: { steps, sources, answerers } }: { readonly results: Results }) {
  return (
    <Section title="What ran">
      <Wide label="Steps">
        <Table
          head={["step", "type", "what came of it", "key"]}
          rows={steps.map(({ id, uses, told, key }) => [
            id,
            uses,
            <span class="told">{told ?? "not done"}</span>,
            digest(key),
          ])}
        />
      </Wide>
      {sources.length > 0 && (
        <Wide label="Datasets">
          <Table
            head={["dataset", "file", "sha256"]}
            rows={sources.map((source) => [source.name, <code>{source.path}</code>, digest(source.digest)])}
          />
        </Wide>
      )}
      {answerers.length > 0 && (
        <Wide label="Models">
          <Table
            head={["model", "provider", "name there", "answered as"]}
            rows={answerers.map(({ name, provider, model, resolved }) => [
              name,
              provider,
              <code>{model}</code>,
              resolved.length === 0 ? "not recorded" : resolved.join(", "),
            ])}
          />
        </Wide>
      )}
    </Section>
  );
}

function Table({
  head,
  rows,
}: {
  readonly head: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}) {
  return (
    <table>
      <thead>
        <tr>
          {head.map((title) => (
            <th scope="col">{title}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([first, ...others]) => (
          <tr>
            <th scope="row">{first as string}</th>
            {others.map((cell) => (
              <td>{cell as string}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function digest(text: string | undefined) {
  return text === undefined ? "–" : <code>{text.slice(0, 12)}</code>;
}
