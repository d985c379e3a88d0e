import { expect, test } from "vitest";
import { priceFor } from "../../../src/runner/money/price-of.ts";

const listed = { input: 1, output: 2, as_of: "2026-06-04" };

test("a list's price holds for the service that it prices, and is not known for another", () => {
  expect(priceFor(listed, {})).toBe(listed);
  expect(priceFor(listed, { service_tier: "default" })).toBe(listed);
  expect(priceFor(listed, { service_tier: "priority" })).toBeUndefined();
  expect(priceFor(listed, { web_search_options: {} })).toBeUndefined();
});

test("a price that the spec names holds for what the spec asks", () => {
  const own = { input: 1, output: 2 };
  expect(priceFor(own, { service_tier: "flex" })).toBe(own);
});
