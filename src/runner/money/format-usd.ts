/** An amount of money with as many digits as tell something: `$0`, `$0.00042`, `$0.0123`, `$2.50`, `$1,204.00`. */
export function formatUsd(usd: number): string {
  if (usd === 0) return "$0";
  if (usd >= 0.1)
    return `$${usd.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  return `$${usd.toLocaleString("en-US", { maximumSignificantDigits: 3, maximumFractionDigits: 20 })}`;
}
