// Node has no Worker, nor has a server that renders pages.
import { expect, test } from "vitest"
import { RuntimeError } from "../lib/exceptions.js"
import { defaultExecutor } from "../lib/worker-pool.js"

test("where there are no workers the default executor says what to choose", async () => {
  const error = await defaultExecutor()
    .submit((n: number) => n, 1)
    .catch((error: unknown) => error)

  expect(error).toEqual(
    new RuntimeError(
      "(anonymous)() was not run: there is no Worker here. To run functions on the page itself, choose that: " +
        "loop.setDefaultExecutor(new InlineExecutor())",
    ),
  )
})
