/** Door `asyncio-web`: CPython's asyncio for the browser. */
export {
  EventLoop,
  type EventLoopOptions,
  type ExceptionContext,
  type ExceptionHandler,
  newEventLoop,
  type TaskFactory,
} from "./base-events.js"
export { browserHost } from "./browser-host.js"
export {
  ConcurrentCancelledError,
  ConcurrentFuture,
  type ConcurrentState,
  Executor,
  InlineExecutor,
  type JobResult,
  JobResults,
  type ShutdownOptions,
} from "./concurrent-futures.js"
export { Context, ContextVar, copyContext, Token } from "./contextvars.js"
export { Coroutine, coroutine, isAwaitable, isCoroutine, isCoroutineFunction } from "./coroutines.js"
export { type Callback, getEventLoop, getRunningLoop, Handle, setEventLoop, TimerHandle } from "./events.js"
export {
  BrokenBarrierError,
  BrokenExecutorError,
  BrokenPipeError,
  CancelledError,
  ConnectionAbortedError,
  ConnectionError,
  ConnectionRefusedError,
  ConnectionResetError,
  EOFError,
  type ErrorCondition,
  ExceptionGroup,
  FileNotFoundError,
  GeneratorExit,
  IncompleteReadError,
  InvalidStateError,
  KeyboardInterrupt,
  KeyError,
  LimitOverrunError,
  LookupError,
  NotImplementedError,
  OSError,
  PermissionError,
  ProcessLookupError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  ResourceWarning,
  RuntimeError,
  RuntimeWarning,
  SendfileNotAvailableError,
  StopAsyncIteration,
  StopIteration,
  SystemExit,
  TimeoutError,
  ValueError,
} from "./exceptions.js"
export {
  type Awaitable,
  type AwaitableOrPromise,
  type ContextOption,
  type CoroutineGenerator,
  Future,
  type FutureOptions,
  isFuture,
  type ResultOf,
  type Suspension,
  wrapFuture,
} from "./futures.js"
export type { Driven, Host } from "./host.js"
export { type Logger, setLogger } from "./log.js"
export { type PromiseSource, until } from "./promises.js"
export { Runner, type RunnerOptions, run } from "./runners.js"
export {
  type AsyncContextManager,
  type AwaitableIterable,
  type AwaitableIterator,
  aiter,
  anext,
  asyncFor,
  asyncWith,
  BREAK,
  type PlatformDisposable,
} from "./syntax.js"
export {
  allTasks,
  type CoroutineLike,
  createEagerTaskFactory,
  createTask,
  currentTask,
  eagerTaskFactory,
  ensureFuture,
  ms,
  sleep,
  Task,
  type TaskOptions,
} from "./tasks.js"
export { toThread } from "./threads.js"
export { Timeout, timeout, timeoutAt } from "./timeouts.js"
export {
  ALL_COMPLETED,
  AsCompleted,
  asCompleted,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  type GatherOptions,
  gather,
  type ReturnWhen,
  shield,
  type WaitOptions,
  wait,
  waitFor,
} from "./waiting.js"
export { WorkerPoolExecutor, type WorkerPoolOptions } from "./worker-pool.js"
