import { hash, randomBytes } from "node:crypto";
import { canonicalJson } from "../../templating/canonical-json.ts";
import type { ErasedMark, Tombstone } from "../erasure.ts";
import type { StoredAnswer } from "../store.ts";
import type { Database } from "./database.ts";
import { type OnDamage, openSealed, parseSealed, type Sealed, sealOf } from "./sealed.ts";

/** What is left of erased answers, steps and files, by key or digest. */
export interface Tombstones {
  readonly sealed: Sealed<TombstoneRow, Tombstone>;
  read(id: string): Tombstone | undefined;
  /** True where an answer was erased, be it under its own key or under another one. */
  covers(answer: Markable & Pick<StoredAnswer, "key">): boolean;
  /** By what an answer is known again once it is gone. */
  mark(answer: Markable): ErasedMark;
  /** Puts one up, in the transaction that is open. */
  put(tombstone: Tombstone): void;
  /** Takes one away: what it stood for was made again. */
  lift(id: string): void;
}

type Markable = Pick<StoredAnswer, "provider" | "request" | "answer">;

interface TombstoneRow {
  readonly id: string;
  readonly value: unknown;
}

/** Opens the tombstones of a database. */
export function openTombstones(database: Database, onDamage: OnDamage): Tombstones {
  const sealed = openSealed<TombstoneRow, Tombstone>(database, onDamage, {
    what: "tombstone",
    table: "tombstones",
    keys: ["id"],
    value: "value",
    parse(row) {
      const tombstone = parseSealed<Tombstone>(row);
      return tombstone?.id === row.id ? tombstone : undefined;
    },
  });
  let known: { readonly state: string; readonly marks: Marks } | undefined;

  const fresh = randomBytes(16).toString("hex");

  /** All marks; read again only where tombstones came or went, here or in another process. */
  function marks(): Marks {
    const state = stateOf(database);
    if (known?.state !== state) known = { state, marks: readMarks(sealed.checkAll()) };
    return known.marks;
  }

  return {
    sealed,
    read: (id) => sealed.read(id),
    covers(answer) {
      if (sealed.read(answer.key) !== undefined) return true;
      const { digests, origins, salt } = marks();
      if (salt === undefined) return false;
      const { provider_id: id } = answer.answer;
      const there = id === null ? undefined : origins.get(id);
      if (there?.has(canonicalJson(answer.provider)) === true) return true;
      // A file does not say whose its ids are.
      if (there !== undefined && answer.provider.type === "imported") return true;
      return digests.has(digestOf(salt, answer));
    },
    mark(answer) {
      const { salt = fresh } = marks();
      const { provider_id } = answer.answer;
      return { provider: answer.provider, provider_id, salt, digest: digestOf(salt, answer) };
    },
    put(tombstone) {
      const value = JSON.stringify(tombstone);
      known = undefined;
      database.run(PUT, tombstone.id, value, sealOf(value));
    },
    lift(id) {
      // Nearly always there is none, and a write would wait for the disk.
      if (database.get(THERE, id) !== undefined) database.run("DELETE FROM tombstones WHERE id = ?", id);
    },
  };
}

interface Marks {
  readonly digests: ReadonlySet<string>;
  /** Identities of providers, as canonical JSON, by the id that they gave. */
  readonly origins: ReadonlyMap<string, ReadonlySet<string>>;
  readonly salt: string | undefined;
}

function readMarks(tombstones: Iterable<Tombstone | undefined>): Marks {
  const digests = new Set<string>();
  const origins = new Map<string, Set<string>>();
  let salt: string | undefined;
  for (const tombstone of tombstones) {
    const mark = tombstone?.mark;
    if (mark === undefined) continue;
    salt = mark.salt;
    digests.add(mark.digest);
    if (mark.provider_id === null) continue;
    const there = origins.get(mark.provider_id) ?? new Set();
    origins.set(mark.provider_id, there.add(canonicalJson(mark.provider)));
  }
  return { digests, origins, salt };
}

/** Parameters are no part of it: what a provider or a file tells of them is never all. */
function digestOf(salt: string, { request, answer }: Markable): string {
  const said = [request.messages ?? null, answer.output_text, answer.tool_calls];
  return hash("sha256", salt + canonicalJson(said));
}

function stateOf(database: Database): string {
  const { count, last } = database.get<{ count: number; last: number | null }>(STATE)!;
  return `${count} ${last}`;
}

const PUT = `INSERT INTO tombstones (id, value, sha256) VALUES (?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256`;
const THERE = "SELECT 1 FROM tombstones WHERE id = ?";
const STATE = "SELECT count(*) AS count, max(rowid) AS last FROM tombstones";
