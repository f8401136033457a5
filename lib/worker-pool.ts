/**
 * The executor that runs functions in Web Workers.
 *
 * The queue stays on the page: a worker has one message's worth of jobs at a time. So a job that waits can be cancelled,
 * and what a worker takes with it when it ends is what it was running.
 *
 * @see CPython Lib/concurrent/futures/thread.py; Lib/concurrent/futures/interpreter.py for what is copied
 */
import { type Answer, MAX_BATCH, type StartWorker, unpackError, type WireError } from "../worker/protocol.js"
import {
  _afterShutdown,
  ConcurrentFuture,
  Executor,
  type FutureOwner,
  type JobResult,
  type ShutdownOptions,
} from "./concurrent-futures.js"
import { Deque } from "./deque.js"
import { BrokenExecutorError, RuntimeError, ValueError } from "./exceptions.js"
import { type Call, callOf, cannotSend, type Target } from "./jobs.js"
import { NotSentError, PoolWorker, type PoolWorkerOptions } from "./pool-worker.js"
import { spawn } from "./spawn.js"

/** Milliseconds of work that one message should carry: short of what a page would notice, long against the 50 µs that a
 * message takes. */
const BATCH_MS = 1

/** Weight of the newest measurement in a function's average cost. */
const COST_WEIGHT = 0.25

/** Seconds after which a batch that holds a cancelled job is ended although it holds others as well. */
const BATCH_PATIENCE = 1

/** Options of {@link WorkerPoolExecutor}. */
export interface WorkerPoolOptions {
  /** How many workers there may be; as many as the machine has processors if not given. */
  maxWorkers?: number
  /** What the pool is called in reports. */
  name?: string
  /**
   * Starts a worker that has every function of this pool, instead of one worker per module: its module imports those in
   * which they are registered, whose names must differ then.
   */
  start?: StartWorker
  /**
   * What cancelling a running job does. `terminate`, the default: the future is done at once, the job is asked to stop,
   * and if it has not after `cancelGrace`, its worker is ended and replaced. `abandon`, as in Python: the future is done,
   * and the job runs on and keeps its worker until it ends.
   *
   * Short jobs share a message to the worker. On a page without shared memory, where nobody can tell which of them it
   * runs, ending a worker fails the others of that message with `BrokenExecutorError`, a second later.
   */
  onCancel?: "terminate" | "abandon"
  /** Seconds that a cancelled job has to stop by itself; 0.05 if not given. */
  cancelGrace?: number
  /** Seconds after which a worker without work is ended, and what its module keeps is lost; 60 if not given. */
  idleTimeout?: number
  /** Seconds that a worker may take to load its module; 30 if not given. */
  readyTimeout?: number
}

/**
 * Runs functions in Web Workers: beside the page, one job per worker at a time.
 *
 * Workers share nothing with the page: arguments and results are copied, or moved if marked with `transfer()`, and a
 * module has variables of its own in each worker. What of asyncio this resembles most is `InterpreterPoolExecutor`.
 *
 * Workers are started when there is something to do, one kind per module that registers functions, and kept for the next
 * job. All kinds together are at most `maxWorkers`; one without work makes room for one that is needed.
 *
 * A job fails alone. If its worker dies under it, it rejects with {@link BrokenExecutorError} and is not tried again; the
 * other jobs go to a new worker. If the module does not load, all jobs that wait for it reject with the reason.
 *
 * @throws {ValueError} if `maxWorkers` is no positive whole number.
 * @see CPython Lib/concurrent/futures/thread.py, `ThreadPoolExecutor`
 *
 * ```ts
 * await using pool = new WorkerPoolExecutor({ maxWorkers: 2 })
 * const future = pool.submit(fib, 35)
 * console.log(await future)
 * ```
 */
export class WorkerPoolExecutor extends Executor {
  /** How many workers there may be. */
  readonly maxWorkers: number
  /** What the pool is called in reports. */
  readonly name: string
  readonly #start: StartWorker | undefined
  readonly #onCancel: "terminate" | "abandon"
  readonly #cancelGrace: number
  readonly #idleTimeout: number
  readonly #readyTimeout: number

  readonly #lanes = new Map<StartWorker, Lane>()
  readonly #seats = new Set<Seat>()
  /** Average milliseconds of a function. */
  readonly #costs = new WeakMap<Target, number>()
  /** Workers that were ended while they ran something, and may still use a processor. */
  #zombies = 0
  /** Workers that were ended without work, and are not quite gone. */
  #leaving = 0
  readonly #seatEvents: SeatEvents = {
    ready: (seat) => this.#onReady(seat),
    failed: (seat, reason) => this.#onFailed(seat, reason),
    died: (seat) => this.#onDied(seat),
  }
  #submitted = 0
  #pumpScheduled = false
  #idleTimer: ReturnType<typeof setTimeout> | undefined
  #isShutDown = false
  /** Called when a pool that was shut down has nothing left. */
  #onDrained: (() => void)[] = []

  constructor(options: WorkerPoolOptions = {}) {
    super()
    const { maxWorkers = processors() } = options
    if (!(Number.isInteger(maxWorkers) && maxWorkers > 0)) {
      throw new ValueError(`max_workers must be greater than 0, and whole: got ${maxWorkers}`)
    }
    this.maxWorkers = maxWorkers
    this.name = options.name ?? "workers"
    this.#start = options.start
    this.#onCancel = options.onCancel ?? "terminate"
    this.#cancelGrace = options.cancelGrace ?? 0.05
    this.#idleTimeout = options.idleTimeout ?? 60
    this.#readyTimeout = options.readyTimeout ?? 30
  }

  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): ConcurrentFuture<JobResult<R>> {
    if (this.#isShutDown) throw _afterShutdown()
    const call = callOf(fn, args)
    const lane = this.#laneOf(this.#start ?? call.target.start ?? spawn)
    const job = new Job(this.#submitted++, lane, call, this.#stopRunning)
    lane.push(job)
    this.#schedulePump()
    return job.future as ConcurrentFuture<JobResult<R>>
  }

  async shutdown({ wait = true, cancelFutures = false }: ShutdownOptions = {}): Promise<void> {
    this.#isShutDown = true
    if (cancelFutures) for (const lane of this.#lanes.values()) lane.cancelAll()
    this.#pump()
    if (!wait || this.#isDrained()) return
    await new Promise<void>((resolve) => this.#onDrained.push(resolve))
  }

  /**
   * Ends all workers now, whatever they run, and shuts the pool down: jobs that run reject with
   * {@link BrokenExecutorError}, jobs that wait are cancelled.
   *
   * @see CPython Lib/concurrent/futures/process.py, `ProcessPoolExecutor.terminate_workers`
   */
  terminateWorkers(): void {
    this.#isShutDown = true
    for (const lane of this.#lanes.values()) lane.cancelAll()
    for (const seat of this.#seats) {
      this.#close(seat)
      this.#loseBatch(seat, ({ label }) => {
        const what = `worker ${seat.worker.number} of ${this.maxWorkers} was ended by terminateWorkers() while running`
        return new BrokenExecutorError(`${what} ${label}(); the job was not retried`)
      })
      // Of a batch that it had not begun.
      seat.lane.cancelAll()
    }
    this.#pump()
  }

  /** Python's `repr()`. */
  override toString(): string {
    let waiting = 0
    for (const lane of this.#lanes.values()) waiting += lane.waiting
    return `<WorkerPoolExecutor name='${this.name}' workers=${this.#seats.size}/${this.maxWorkers} waiting=${waiting}>`
  }

  // --- giving out work ------------------------------------------------------------------------------------------------

  #laneOf(start: StartWorker): Lane {
    let lane = this.#lanes.get(start)
    if (lane === undefined) {
      lane = new Lane(start)
      this.#lanes.set(start, lane)
    }
    return lane
  }

  /** In a microtask, so that all that is submitted in one go can travel together. */
  #schedulePump(): void {
    if (this.#pumpScheduled) return
    this.#pumpScheduled = true
    queueMicrotask(() => {
      this.#pumpScheduled = false
      this.#pump()
    })
  }

  /** Gives every idle worker something to do and starts the workers that are missing: first for who waits longest. */
  #pump(): void {
    const lanes = [...this.#lanes.values()].filter((lane) => lane.waiting > 0)
    if (lanes.length > 1) lanes.sort((a, b) => a.oldest - b.oldest)
    for (const lane of lanes) this.#serve(lane)
    this.#tidy()
  }

  #serve(lane: Lane): void {
    while (lane.waiting > 0) {
      const seat = lane.idleSeat()
      if (seat !== undefined) this.#dispatch(seat)
      else if (lane.startingSeats() < lane.waiting && lane.mayGrow() && this.#makeRoom(lane)) this.#open(lane)
      else return
    }
  }

  /** Whether one more worker may be started, for which an idle one of another module may have to go. */
  #makeRoom(lane: Lane): boolean {
    if (this.#seats.size + this.#zombies < this.maxWorkers) return true
    // Who has been ended does no work: without another one, jobs need not wait for it to be gone. But a storm of
    // cancellations must not fill the machine.
    if (this.#seats.size === 0 && this.#zombies <= this.maxWorkers) return true
    for (const seat of this.#seats) {
      if (seat.lane === lane || seat.worker.status !== "idle") continue
      // One that will have work itself goes only for a module that has no worker at all.
      if (seat.lane.waiting > 0 && lane.seats.size > 0) continue
      this.#close(seat)
      return true
    }
    return false
  }

  #open(lane: Lane): void {
    const options = { start: lane.start, number: this.#freeNumber(), pool: this.name, readyTimeout: this.#readyTimeout }
    const seat = new Seat(lane, options, this.#seatEvents)
    lane.seats.add(seat)
    this.#seats.add(seat)
  }

  /** Numbers of workers are small: one that is replaced passes its number on. */
  #freeNumber(): number {
    const taken = new Set(Array.from(this.#seats, (seat) => seat.worker.number))
    let number = 1
    while (taken.has(number)) number++
    return number
  }

  #dispatch(seat: Seat): void {
    const jobs = this.#takeBatch(seat.lane)
    seat.jobs = jobs
    seat.idleSince = undefined
    for (const [index, job] of jobs.entries()) job.toSeat(seat, index)
    seat.worker.run(jobs.map((job) => job.call)).then(
      (answer) => this.#onAnswer(seat, jobs, answer),
      (error: Error) => this.#onNoAnswer(seat, jobs, error),
    )
  }

  /** About a millisecond of work, as far as it is known, and not more than a fair share of what waits. */
  #takeBatch(lane: Lane): Job[] {
    const share = Math.min(MAX_BATCH, Math.ceil(lane.waiting / lane.seats.size))
    const first = lane.shift() as Job
    const jobs = [first]
    let ms = this.#costOf(first)
    while (jobs.length < share && ms < BATCH_MS) {
      const next = lane.peek()
      if (next === undefined) break
      ms += this.#costOf(next)
      if (ms > BATCH_MS) break
      jobs.push(lane.shift() as Job)
    }
    return jobs
  }

  /** Milliseconds; infinite for a job that is to travel alone. */
  #costOf(job: Job): number {
    return job.alone ? Number.POSITIVE_INFINITY : (this.#costs.get(job.call.target) ?? Number.POSITIVE_INFINITY)
  }

  // --- taking in results ----------------------------------------------------------------------------------------------

  #onAnswer(seat: Seat, jobs: readonly Job[], answer: Answer): void {
    // Ended meanwhile: its jobs are settled.
    if (!this.#seats.has(seat)) return
    this.#free(seat)
    seat.lane.putBack(jobs.slice(answer.ok.length))
    for (const [i, ms] of answer.ms.entries()) this.#learn((jobs[i] as Job).call.target, ms)
    // The worker has something to do while callbacks run here.
    this.#pump()
    for (const [i, ok] of answer.ok.entries()) {
      const job = jobs[i] as Job
      if (ok) job.succeed(answer.out[i])
      else job.fail(() => this.#unpack(seat, job.call.target, answer.out[i] as WireError))
    }
  }

  #onNoAnswer(seat: Seat, jobs: readonly Job[], error: Error): void {
    if (!this.#seats.has(seat)) return
    this.#free(seat)
    if (!(error instanceof NotSentError)) {
      for (const job of jobs) job.fail(() => error)
    } else if (jobs.length > 1) {
      // One by one, so that only the one that is to blame fails.
      for (const job of jobs) job.alone = true
      seat.lane.putBack(jobs)
    } else {
      const { call } = jobs[0] as Job
      jobs[0]?.fail(() => cannotSend(call, error.cause ?? error))
    }
    this.#pump()
  }

  #learn(target: Target, ms: number): void {
    const old = this.#costs.get(target) ?? ms
    this.#costs.set(target, old + (ms - old) * COST_WEIGHT)
  }

  #unpack(seat: Seat, { label, errors }: Target, wire: WireError): unknown {
    return unpackError(wire, {
      errors,
      where: `worker ${seat.worker.number} of ${this.maxWorkers}, running ${label}()`,
    })
  }

  /** The worker has answered: from here on its jobs are not to be cancelled there any more. */
  #free(seat: Seat): void {
    clearTimeout(seat.graceTimer)
    seat.graceTimer = undefined
    for (const job of seat.jobs) job.offSeat()
    seat.jobs = []
    seat.idleSince = performance.now()
  }

  // --- what goes wrong ------------------------------------------------------------------------------------------------

  #onReady(seat: Seat): void {
    seat.idleSince = performance.now()
    this.#pump()
  }

  /** The worker never got ready. Nothing is tried again by itself: the next job that is submitted tries anew. */
  #onFailed(seat: Seat, reason: Error): void {
    const { lane } = seat
    this.#remove(seat)
    if (lane.seats.size > 0) {
      // Others of its workers live, or are on their way: there is somebody to do the work.
      lane.hasStumbled = true
    } else {
      lane.failAll((target) => notRun(target, reason))
    }
    this.#pump()
  }

  #onDied(seat: Seat): void {
    const { number } = seat.worker
    this.#remove(seat)
    this.#loseBatch(seat, ({ label }) => {
      const what = `worker ${number} of ${this.maxWorkers} stopped while running ${label}()`
      return new BrokenExecutorError(`${what}; the job was not retried`)
    })
    this.#pump()
  }

  /** Settles what a worker leaves behind: a job that may have been started is not tried again, since it may have had effects. */
  #loseBatch(seat: Seat, error: (target: Target) => Error): void {
    const { jobs } = seat
    this.#free(seat)
    const position = seat.worker.position ?? -1
    // Of a worker that has begun nothing it is not known that it ever will.
    const started = position < 0 ? jobs.length : Math.min(position + 1, jobs.length)
    seat.lane.putBack(jobs.slice(started))
    for (const job of jobs.slice(0, started)) {
      const { target } = job.call
      job.fail(() => error(target))
    }
  }

  // --- cancelling -----------------------------------------------------------------------------------------------------

  /** Is asked by a job that runs: true if its result is given up. */
  readonly #stopRunning = (job: Job): boolean => {
    const { seat } = job
    if (seat === undefined || this.#onCancel === "abandon") return true
    seat.worker.cancel(job.index)
    seat.graceTimer ??= setTimeout(() => this.#endIfCancelled(seat, performance.now()), this.#cancelGrace * 1000)
    return true
  }

  /** The grace is over, and the batch still runs. */
  #endIfCancelled(seat: Seat, since: number): void {
    if (!this.#isStuckInCancelled(seat, since)) {
      // Another job of the batch has the worker: the cancelled one will be left out, or be looked at again.
      seat.graceTimer = setTimeout(() => this.#endIfCancelled(seat, since), this.#cancelGrace * 1000)
      return
    }
    const { number } = seat.worker
    this.#close(seat)
    this.#loseBatch(seat, ({ label }) => {
      const what = `worker ${number} of ${this.maxWorkers} was ended to stop a cancelled job, and with it ${label}()`
      return new BrokenExecutorError(`${what}, which was in the same batch; the job was not retried`)
    })
    this.#pump()
  }

  /** Whether what the worker runs is a cancelled job; where nobody can tell which it runs, whether it must be assumed. */
  #isStuckInCancelled({ jobs, worker }: Seat, since: number): boolean {
    const { position } = worker
    if (position !== undefined && position >= 0) return jobs[position]?.future.done() ?? false
    return jobs.every((job) => job.future.done()) || performance.now() - since > BATCH_PATIENCE * 1000
  }

  // --- ending workers -------------------------------------------------------------------------------------------------

  #remove(seat: Seat): void {
    clearTimeout(seat.graceTimer)
    this.#seats.delete(seat)
    seat.lane.seats.delete(seat)
  }

  #close(seat: Seat): void {
    const wasBusy = seat.worker.status === "busy"
    this.#remove(seat)
    if (wasBusy) this.#zombies++
    else this.#leaving++
    void seat.worker.end().then(() => {
      if (wasBusy) this.#zombies--
      else this.#leaving--
      this.#pump()
    })
  }

  /** Lets go of what is not needed any more. */
  #tidy(): void {
    for (const seat of this.#seats) {
      if (this.#isShutDown && seat.lane.waiting === 0 && seat.worker.status !== "busy") this.#close(seat)
    }
    for (const [start, lane] of this.#lanes) {
      if (lane.waiting > 0) continue
      lane.hasStumbled = false
      if (lane.seats.size === 0) this.#lanes.delete(start)
    }
    if (this.#isShutDown) clearTimeout(this.#idleTimer)
    else this.#watchIdle()
    if (this.#isDrained()) for (const resolve of this.#onDrained.splice(0)) resolve()
  }

  /** A worker that was ended while it ran something does not count: what it still does is of no use to anybody. */
  #isDrained(): boolean {
    return this.#isShutDown && this.#lanes.size === 0 && this.#leaving === 0
  }

  /** Invariant: at most one timer, and none while nobody is idle or the pool is shut down. */
  #watchIdle(): void {
    if (this.#idleTimer !== undefined) return
    let since = Number.POSITIVE_INFINITY
    for (const seat of this.#seats) since = Math.min(since, seat.idleSince ?? since)
    const due = since + this.#idleTimeout * 1000
    if (due === Number.POSITIVE_INFINITY) return
    this.#idleTimer = setTimeout(
      () => {
        this.#idleTimer = undefined
        const limit = performance.now() - this.#idleTimeout * 1000
        for (const seat of this.#seats) if ((seat.idleSince ?? Number.POSITIVE_INFINITY) <= limit) this.#close(seat)
        this.#tidy()
      },
      Math.max(0, due - performance.now()),
    )
  }
}

/** The default executor of a loop. */
export function defaultExecutor(): Executor {
  return new WorkerPoolExecutor({ name: "asyncio" })
}

function processors(): number {
  return typeof navigator === "undefined" ? 1 : navigator.hardwareConcurrency || 1
}

function notRun({ label }: Target, reason: Error): RuntimeError {
  if (typeof Worker === "undefined") {
    return new RuntimeError(
      `${label}() was not run: there is no Worker here. To run functions on the page itself, choose that: ` +
        "loop.setDefaultExecutor(new InlineExecutor())",
      { cause: reason },
    )
  }
  return new BrokenExecutorError(`${label}() was not run: ${reason.message}`, { cause: reason })
}

/** What the pool is told of its workers. */
interface SeatEvents {
  ready(seat: Seat): void
  failed(seat: Seat, reason: Error): void
  died(seat: Seat): void
}

/** A worker, and what its pool knows of it. */
class Seat {
  readonly worker: PoolWorker
  /** The batch that is under way. */
  jobs: readonly Job[] = []
  /** Milliseconds of `performance.now()`; `undefined` while it starts or works. */
  idleSince: number | undefined = undefined
  /** Runs while a cancelled job has time to stop by itself. */
  graceTimer: ReturnType<typeof setTimeout> | undefined = undefined

  constructor(
    readonly lane: Lane,
    options: PoolWorkerOptions,
    pool: SeatEvents,
  ) {
    this.worker = new PoolWorker(options, {
      ready: () => pool.ready(this),
      failed: (reason) => pool.failed(this, reason),
      died: () => pool.died(this),
    })
  }
}

/** The jobs for one kind of worker, and those workers. */
class Lane {
  readonly seats = new Set<Seat>()
  /** How many jobs wait for a worker. */
  waiting = 0
  /** Starting one more worker has failed since jobs began to wait. */
  hasStumbled = false
  /** Those that were put back, the next one last. */
  readonly #front: Job[] = []
  readonly #queue = new Deque<Job>()

  constructor(readonly start: StartWorker) {}

  /** The number of the job that has waited longest. */
  get oldest(): number {
    return this.peek()?.order ?? Number.POSITIVE_INFINITY
  }

  mayGrow(): boolean {
    return !this.hasStumbled || this.seats.size === 0
  }

  idleSeat(): Seat | undefined {
    for (const seat of this.seats) if (seat.worker.status === "idle") return seat
    return undefined
  }

  startingSeats(): number {
    let count = 0
    for (const seat of this.seats) if (seat.worker.status === "starting") count++
    return count
  }

  push(job: Job): void {
    this.#queue.push(job)
    this.waiting++
  }

  /** For jobs that were sent and not started: they are next. */
  putBack(jobs: readonly Job[]): void {
    for (const job of [...jobs].reverse()) {
      if (job.future.done()) continue
      job.isWaiting = true
      this.#front.push(job)
      this.waiting++
    }
  }

  peek(): Job | undefined {
    for (;;) {
      const job = this.#front.at(-1)
      // Cancelled ones are left where they stand until it is their turn.
      if (job !== undefined && !job.future.done()) return job
      if (job !== undefined) this.#front.pop()
      const next = this.#front.length > 0 ? undefined : this.#queue.shift()
      if (next !== undefined) this.#front.push(next)
      else if (this.#front.length === 0) return undefined
    }
  }

  shift(): Job | undefined {
    const job = this.peek()
    if (job === undefined) return undefined
    this.#front.pop()
    job.isWaiting = false
    this.waiting--
    return job
  }

  cancelAll(): void {
    for (let job = this.peek(); job !== undefined; job = this.peek()) job.future.cancel()
  }

  failAll(error: (target: Target) => Error): void {
    const jobs: Job[] = []
    for (let job = this.shift(); job !== undefined; job = this.shift()) jobs.push(job)
    for (const job of jobs) job.fail(() => error(job.call.target))
  }
}

/** A call on its way through the pool. */
class Job implements FutureOwner {
  readonly future = new ConcurrentFuture<unknown>()
  call: Call
  /** Whether it is to be sent by itself: it moves something, or may be what made a batch impossible to send. */
  alone: boolean
  isWaiting = true
  /** Where it is sent to, until there is an answer. */
  seat: Seat | undefined = undefined
  /** Its place in the batch. */
  index = -1

  constructor(
    readonly order: number,
    readonly lane: Lane,
    call: Call,
    readonly stopRunning: (job: Job) => boolean,
  ) {
    this.call = call
    this.alone = call.moved.length > 0
    this.future._owner = this
  }

  toSeat(seat: Seat, index: number): void {
    // One that was put back counts as running all the time.
    if (!this.future.running()) this.future.setRunningOrNotifyCancel()
    this.seat = seat
    this.index = index
  }

  offSeat(): void {
    this.seat = undefined
  }

  onCancel(): boolean {
    if (!this.isWaiting) return this.stopRunning(this)
    this.isWaiting = false
    this.lane.waiting--
    // It may stand in the queue for a while; its arguments need not.
    this.call = { ...this.call, args: [], moved: [] }
    return true
  }

  succeed(value: unknown): void {
    if (!this.future.done()) this.future.setResult(value)
  }

  /** @param error makes the error, which may be dear, if somebody still wants it. */
  fail(error: () => unknown): void {
    if (!this.future.done()) this.future.setException(error())
  }
}
