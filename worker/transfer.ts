/** What moves between page and worker instead of being copied. */
import { TRANSFER } from "./protocol.js"

/**
 * Marks a value so that its memory is moved to the other side instead of being copied: as an argument of a job on the
 * page, or as its result in the worker. Afterwards this side has only an empty shell of it.
 *
 * Copying 64 MB stops the page for some 50 ms, moving it takes none. The mark is good for one journey.
 *
 * @param moved what to move: buffers, ports, bitmaps, streams anywhere inside `value`. If not given, the buffer of a typed
 * array or the value itself.
 * @throws {TypeError} if `value` is frozen, so that it cannot be marked.
 *
 * ```ts
 * const blurred = yield* toThread(blur, transfer(pixels))   // on the page
 * return transfer({ width, pixels }, [pixels.buffer])       // in the worker
 * ```
 */
export function transfer<T extends object>(value: T, moved: readonly Transferable[] = defaultFor(value)): T {
  if (!Reflect.defineProperty(value, TRANSFER, { value: [...moved], configurable: true })) {
    throw new TypeError("transfer() cannot mark a frozen object: pass one that is not frozen")
  }
  return value
}

function defaultFor(value: object): Transferable[] {
  return [(ArrayBuffer.isView(value) ? value.buffer : value) as Transferable]
}
