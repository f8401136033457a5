/** Milliseconds for people: 0.4 ms, 17 ms, 3.21 s. */
export function duration(ms: number): string {
  if (Number.isNaN(ms)) return "–"
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 99_950) return `${(ms / 1000).toFixed(2)} s`
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`
  if (ms < 63_000_000_000) return `${Math.round(ms / 86_400_000)} days`
  return `${count(ms / 31_557_600_000)} years`
}

/** 1,234; 12.3 million; 4×10¹²; */
export function count(n: number): string {
  if (n < 1e6) return Math.round(n).toLocaleString("en")
  if (n < 1e9) return `${(n / 1e6).toFixed(1)} million`
  return scientific(n)
}

/** 2×10⁵; 1,500. */
export function scientific(n: number): string {
  if (n < 10_000) return n.toLocaleString("en", { maximumFractionDigits: 1 })
  const exponent = Math.floor(Math.log10(n))
  const mantissa = (n / 10 ** exponent).toPrecision(2).replace(/\.0$/, "")
  const digits = [...String(exponent)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")
  return mantissa === "1" ? `10${digits}` : `${mantissa}×10${digits}`
}
