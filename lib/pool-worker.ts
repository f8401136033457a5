/** One worker of a pool: its start, one batch of calls at a time, and its end, however that comes. */
import { type Endpoint, type Remote, transfer, wrap } from "comlink"
import {
  type Answer,
  type Batch,
  CANCELLED,
  type Hello,
  PROTOCOL,
  type Ready,
  RUNNING,
  SHARED_CELLS,
  type Source,
  type StartWorker,
  type ToPage,
  type ToWorker,
  type WorkerApi,
} from "../worker/protocol.js"
import type { Call } from "./jobs.js"

/** Between two hellos to a worker that has not answered: at first, and later, in milliseconds. */
const HELLO_MS = { first: 50, last: 1000 }

/** How long Chromium lets a terminated worker compute on, and a little. The lock tells sooner where it can. */
const GONE_MS = 2500

/** What a {@link PoolWorker} needs to know. */
export interface PoolWorkerOptions {
  readonly start: StartWorker
  /** Its number in messages. */
  readonly number: number
  /** The name of its pool. */
  readonly pool: string
  /** Seconds that it may take until it is ready. */
  readonly readyTimeout: number
}

/** What a {@link PoolWorker} tells its pool. */
export interface PoolWorkerEvents {
  /** It takes calls now. */
  ready(): void
  /** It never got ready; it has ended. */
  failed(reason: Error): void
  /** It was ready, and is gone without having been asked to. */
  died(): void
}

/** The batch did not reach the functions: not one of them was started. `cause` is why. */
export class NotSentError extends Error {}

/**
 * A worker with a private port to it.
 *
 * Invariant: one batch is under way at a time. What the worker does not know of cannot be lost with it.
 */
export class PoolWorker {
  /** The number that it has in messages. */
  readonly number: number
  readonly #events: PoolWorkerEvents
  readonly #lock: string | null
  readonly #shared = sharedCells()
  readonly #sources = new Set<Source>()
  readonly #starting = new AbortController()
  readonly #watching = new AbortController()
  #status: "starting" | "idle" | "busy" | "ended" = "starting"
  #worker: Worker | undefined
  #port: MessagePort | undefined
  /** Held as long as the worker lives: comlink shuts a port down when its root proxy is collected. */
  #api: Remote<WorkerApi> | undefined
  #run: Remote<WorkerApi>["run"] | undefined
  #serial = 0
  #giveUp: ((reason: Error) => void) | undefined
  #gone: Promise<void> | undefined
  #release!: () => void
  readonly #released = new Promise<void>((resolve) => {
    this.#release = resolve
  })

  constructor(options: PoolWorkerOptions, events: PoolWorkerEvents) {
    const { start, readyTimeout } = options
    this.number = options.number
    this.#lock = lockName(options.pool)
    this.#events = events
    try {
      this.#worker = start()
    } catch (error) {
      // Later, as every other failure: the pool is still busy making this.
      queueMicrotask(() => this.#fail(`its worker could not be constructed: ${String(error)}`, error))
      return
    }
    this.#awaitReady(this.#worker, readyTimeout)
  }

  get status(): "starting" | "idle" | "busy" | "ended" {
    return this.#status
  }

  /**
   * Has the calls run one after another; the answer may leave out the last ones, which were not started then.
   *
   * Does not settle if the worker ends meanwhile: the pool, which is told, settles the jobs.
   *
   * @throws {NotSentError} if the calls cannot be sent; the worker is idle again.
   */
  async run(calls: readonly Call[]): Promise<Answer> {
    this.#status = "busy"
    const sources = this.#newSources(calls)
    try {
      const answer = await this.#send(
        {
          serial: ++this.#serial,
          calls: calls.map(({ target, args }) => [target.name, args]),
          sources,
        },
        calls,
      )
      for (const source of sources) this.#sources.add(source)
      return answer
    } finally {
      if (this.status === "busy") this.#status = "idle"
      this.#giveUp = undefined
    }
  }

  /** Tells the worker that the job at this place of the batch is not wanted any more. */
  cancel(index: number): void {
    if (this.#shared !== null) Atomics.store(this.#shared, CANCELLED + index, 1)
    this.#port?.postMessage({ asyncio: "cancel", batch: this.#serial, index } satisfies ToWorker)
  }

  /**
   * The place of the job that runs: -1 before the first, the number of jobs after the last; `undefined` where page and
   * worker share no memory.
   */
  get position(): number | undefined {
    return this.#shared === null ? undefined : Atomics.load(this.#shared, RUNNING)
  }

  /** Ends it, whatever it does. The promise settles when it uses no processor any more. */
  end(): Promise<void> {
    if (this.#gone !== undefined) return this.#gone
    if (this.#status === "starting") this.#watch()
    const wasBusy = this.#status === "busy"
    this.#status = "ended"
    this.#starting.abort()
    this.#worker?.terminate()
    this.#port?.close()
    this.#gone = this.#released.then(() => this.#watching.abort())
    this.#expire(wasBusy)
    return this.#gone
  }

  // --- start ----------------------------------------------------------------------------------------------------------

  #awaitReady(worker: Worker, readyTimeout: number): void {
    const { signal } = this.#starting
    let violation: string | undefined
    const onViolation = (event: SecurityPolicyViolationEvent) => {
      if (event.effectiveDirective === "worker-src") violation = event.blockedURI
    }
    // Bubbles from the document to the window; a worker's own scope gets it directly.
    globalThis.addEventListener?.("securitypolicyviolation", onViolation as EventListener, { signal })
    worker.addEventListener("error", (event) => this.#onStartError(event, () => violation), { signal })
    worker.addEventListener("message", (event: MessageEvent<ToPage>) => this.#onReady(event), { signal })
    const timer = setTimeout(
      () =>
        this.#fail(
          `its worker did not get ready within ${readyTimeout} s: the script that its threads() call starts must be the ` +
            "module in which that call stands",
        ),
      readyTimeout * 1000,
    )
    signal.addEventListener("abort", () => clearTimeout(timer))
    this.#sayHello(worker, HELLO_MS.first)
  }

  /** Until it answers: a message that comes while the module awaits something at its top level is lost. */
  #sayHello(worker: Worker, pause: number): void {
    const hello: Hello = { asyncioWeb: PROTOCOL, lock: this.#lock, shared: this.#shared }
    worker.postMessage(hello satisfies ToWorker)
    const timer = setTimeout(() => this.#sayHello(worker, Math.min(pause * 2, HELLO_MS.last)), pause)
    this.#starting.signal.addEventListener("abort", () => clearTimeout(timer))
  }

  #onReady({ data, ports }: MessageEvent<ToPage>): void {
    const version = (data as Partial<Ready> | null | undefined)?.asyncioWeb
    if (typeof version !== "number") return
    const [port] = ports
    if (version !== PROTOCOL || port === undefined) this.#fail(protocolMismatch(version))
    else this.#connect(port)
  }

  #connect(port: MessagePort): void {
    this.#starting.abort()
    this.#status = "idle"
    this.#port = port
    port.addEventListener("message", ({ data }: MessageEvent<ToPage>) => {
      if ("asyncio" in data) this.#giveUp?.(new NotSentError("the worker cannot read the arguments"))
    })
    port.addEventListener("messageerror", () => this.#giveUp?.(new TypeError("the page cannot read the result")))
    this.#api = wrap<WorkerApi>(this.#endpoint(port))
    this.#run = this.#api.run
    port.start()
    this.#watch()
    this.#events.ready()
  }

  #onStartError(event: Event, violation: () => string | undefined): void {
    // It is reported by the jobs that fail for it.
    event.preventDefault()
    const { message, filename, lineno } = event as Partial<ErrorEvent>
    if (message !== undefined && message !== "") {
      this.#fail(`its worker's script failed while loading: ${message} (${filename}:${lineno})`)
      return
    }
    // The policy's own event may come behind this one.
    setTimeout(() => {
      const blocked = violation()
      this.#fail(
        blocked === undefined
          ? "its worker's script did not load: is the file there, and served as JavaScript?"
          : `its worker was blocked by the page's Content-Security-Policy: worker-src forbids ${blocked}`,
      )
    })
  }

  #fail(reason: string, cause?: unknown): void {
    if (this.#status !== "starting") return
    void this.end()
    this.#events.failed(new Error(reason, { cause }))
  }

  // --- a batch --------------------------------------------------------------------------------------------------------

  #newSources(calls: readonly Call[]): Source[] {
    const sources = new Set<Source>()
    for (const { target } of calls) {
      if (target.source !== undefined && !this.#sources.has(target.source)) sources.add(target.source)
    }
    return [...sources]
  }

  #send(batch: Batch, calls: readonly Call[]): Promise<Answer> {
    this.#shared?.fill(0)
    this.#shared?.fill(-1, RUNNING, RUNNING + 1)
    // What moves goes alone.
    const moved = calls[0]?.moved ?? []
    return new Promise((resolve, reject) => {
      this.#giveUp = reject
      this.#run?.(moved.length === 0 ? batch : transfer(batch, [...moved])).then(resolve, reject)
    })
  }

  /** The port as comlink shall see it: what cannot be sent is told apart from what comes back as an error. */
  #endpoint(port: MessagePort): Endpoint {
    return {
      addEventListener: port.addEventListener.bind(port),
      removeEventListener: port.removeEventListener.bind(port),
      postMessage: (message: unknown, moved: Transferable[] = []) => {
        try {
          port.postMessage(message, moved)
        } catch (error) {
          this.#giveUp?.(new NotSentError("the arguments cannot be sent", { cause: error }))
        }
      },
    }
  }

  // --- end ------------------------------------------------------------------------------------------------------------

  /** Waits for the lock that the worker holds for life. */
  #watch(): void {
    if (this.#lock === null) return
    // Once the page has it, it lets go of it at once. Rejects when nobody needs to know any more.
    const held = navigator.locks.request(this.#lock, { signal: this.#watching.signal }, () => {})
    void held.then(
      () => this.#onRelease(),
      () => {},
    )
  }

  #onRelease(): void {
    this.#release()
    if (this.#status === "ended") return
    void this.end()
    this.#events.died()
  }

  /** Nobody waits for ever for a worker to be gone. */
  #expire(wasBusy: boolean): void {
    if (this.#lock === null && !wasBusy) this.#release()
    const timer = setTimeout(this.#release, GONE_MS)
    void this.#released.then(() => clearTimeout(timer))
  }
}

function protocolMismatch(version: number): string {
  const speaks = `worker speaks protocol ${version}, page speaks ${PROTOCOL}`
  return version < PROTOCOL
    ? `${speaks}: a cached worker file is older than the page; reload without cache`
    : `${speaks}: the page is older than its worker file; reload it`
}

let locks = 0

/** A name that no other worker of the origin has; `null` where there are no locks, as on a page without https. */
function lockName(pool: string): string | null {
  if (typeof navigator === "undefined" || !navigator.locks) return null
  return `asyncio-web ${pool} ${++locks} ${Math.random().toString(36).slice(2)}`
}

/** Not asked of `crossOriginIsolated`: WebKitGTK says it is and has no shared memory. */
function sharedCells(): Int32Array | null {
  return typeof SharedArrayBuffer === "undefined" ? null : new Int32Array(new SharedArrayBuffer(4 * SHARED_CELLS))
}
