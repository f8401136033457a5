// @ts-check
// Numbers and tables.
import { writeFile } from "node:fs/promises"

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length === 0) return Number.NaN
  return sorted.length % 2 === 1 ? at(sorted, middle) : (at(sorted, middle - 1) + at(sorted, middle)) / 2
}

/** @param {readonly number[]} values @param {number} share between 0 and 1 */
export function quantile(values, share) {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  return at(sorted, Math.min(sorted.length - 1, Math.floor(share * sorted.length)))
}

/** The median of the ratios round by round: what disturbs a round disturbs both. @param {readonly number[]} over @param {readonly number[]} under */
export const medianRatio = (over, under) =>
  under.length === 0 ? Number.NaN : median(over.map((value, i) => value / at(under, i)))

/** @param {readonly number[]} values @param {number} index */
const at = (values, index) => /** @type {number} */ (values[index])

/** Three digits that say something; empty for what was not measured. @param {number | undefined} value */
export function short(value) {
  if (value === undefined || Number.isNaN(value)) return ""
  if (value >= 1000) return Math.round(value).toLocaleString("en-US")
  if (value > 0 && value < 0.1) return value.toPrecision(1)
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}

/**
 * @typedef {object} Table
 * @property {string} title
 * @property {readonly string[]} head
 * @property {readonly (readonly string[])[]} rows
 * @property {number} [names] columns of text at the left; 1 if not given
 */

/** For the terminal: names and the last column to the left, numbers to the right. @param {Table} table */
export function asText({ title, head, rows, names = 1 }) {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? "").length)))
  const line = (/** @type {readonly string[]} */ cells) =>
    cells
      .map((cell, i) =>
        i < names || i === head.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0),
      )
      .join("  ")
  return [title, "", line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)]
    .map((text) => text.trimEnd())
    .join("\n")
}

/** @param {Table} table */
export function asMarkdown({ title, head, rows, names = 1 }) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.join(" | ")} |`
  return [
    title,
    "",
    line(head),
    line(head.map((_, i) => (i < names || i === head.length - 1 ? "---" : "---:"))),
    ...rows.map(line),
  ].join("\n")
}

/** Writes what was measured to `path`: data if it ends in .json, else tables. @param {string} path @param {object} data @param {readonly Table[]} tables @param {readonly string[]} notes */
export async function save(path, data, tables, notes) {
  const text = path.endsWith(".json")
    ? JSON.stringify(data, null, 2)
    : [...tables.map(asMarkdown), notes.map((note) => `- ${note}`).join("\n")].join("\n\n")
  await writeFile(path, `${text}\n`)
}

/** Counts goals. */
export class Goals {
  met = 0
  missed = 0

  /** @param {boolean} ok @param {string} goal */
  judge(ok, goal) {
    if (ok) this.met++
    else this.missed++
    return `${goal} ${ok ? "ok" : "MISS"}`
  }

  toString() {
    return `goals: ${this.met} ok, ${this.missed} missed`
  }
}
