/** Errors as values, for logs and comparisons. */
import type { Awaitable, CoroutineGenerator } from "asyncio-web"

/** Swallows what `awaitable` throws, and gives it; `undefined` if it throws nothing. */
export function* errorOf(awaitable: Awaitable<unknown>): CoroutineGenerator<unknown> {
  try {
    yield* awaitable
  } catch (error) {
    return error
  }
  return undefined
}

export const nameAndMessage = (error: unknown) => `${(error as Error).name}: ${(error as Error).message}`
