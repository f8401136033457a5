import asyncio, contextvars, gc, logging, sys, threading, time, warnings, weakref
from asyncio import sleep, create_task, CancelledError
class TickLoop(asyncio.SelectorEventLoop):  # counts its iterations, which p() prints
    n = 0
    def _run_once(self): self.n += 1; super()._run_once()
def run(coro, **kw): return asyncio.run(coro, loop_factory=TickLoop, **kw)
def p(*a):
    loop = asyncio._get_running_loop()
    print(f'[{getattr(loop, "n", "-")}]', *a, flush=True)
