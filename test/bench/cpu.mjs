// @ts-check
// How much of the machine others used while something was measured. Linux only: elsewhere nobody knows.
import { readdirSync, readFileSync } from "node:fs"
import { availableParallelism } from "node:os"

const cores = availableParallelism()

/** @param {string} path */
const read = (path) => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

/** The ticks that all processors have been at work, and that they have existed. */
function machineTicks() {
  const [, ...numbers] = (read("/proc/stat").split("\n", 1)[0] ?? "").trim().split(/\s+/)
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0] = numbers.map(Number)
  const busy = user + nice + system + irq + soft + steal
  return { busy, all: busy + idle + wait }
}

/** The ticks that this process and its descendants have been at work. */
function ownTicks() {
  /** @type {Map<number, { parent: number, ticks: number }>} */
  const processes = new Map()
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue
    const stat = read(`/proc/${entry}/stat`)
    // The name, in parentheses, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    processes.set(Number(entry), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) })
  }
  /** @param {number} pid @returns {boolean} */
  const isOwn = (pid) => pid === process.pid || (processes.has(pid) && isOwn(processes.get(pid)?.parent ?? 0))
  let ticks = 0
  for (const [pid, { ticks: own }] of processes) if (isOwn(pid)) ticks += own
  return ticks
}

/**
 * Begins to watch. What it returns gives, once called, the processors that others kept busy on average: 0 on a machine
 * of our own; undefined if nobody knows.
 */
export function watchOthers() {
  if (machineTicks().all === 0) return () => undefined
  const before = machineTicks()
  const ownBefore = ownTicks()
  return () => {
    const after = machineTicks()
    const elapsed = after.all - before.all
    if (elapsed === 0) return undefined
    const others = after.busy - before.busy - (ownTicks() - ownBefore)
    return (Math.max(others, 0) / elapsed) * cores
  }
}

/** More than this, in processors, and a measurement on one thread is no longer to be trusted. */
export const tooMany = Math.max(cores * 0.35, cores - 1.5)
