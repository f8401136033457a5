/** A module that is its own worker script: the job of `npm run bench:ui` that goes to a thread. */
import { threads } from "asyncio-web/threads"

/** Computes for a while; `rounds` says how much. */
export function burn(rounds: number): number {
  let x = 123456789
  for (let i = 0; i < rounds; i++) {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
  }
  return x
}

threads({ burn }, () => new Worker(new URL("./jobs.ts", import.meta.url), { type: "module" }))
