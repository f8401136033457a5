# What a probe on a virtual clock begins with instead of prelude.py: the clock jumps to the next deadline when nothing is
# ready, block() moves it on, and a program of hours takes no time. Runs wherever CPython does, Pyodide included.
import asyncio, contextvars, gc
from asyncio import sleep, create_task, CancelledError
class Clock:
    def __init__(self, loop): self.loop = loop
    def select(self, timeout=None):
        if timeout is None: raise RuntimeError('deadlock')
        if timeout > 0: self.loop.now = max(self.loop.now, self.loop._scheduled[0]._when)
        return []
    def close(self): pass
class TickLoop(asyncio.base_events.BaseEventLoop):
    def __init__(self): super().__init__(); self.n, self.now, self._selector, self._clock_resolution = 0, 0.0, Clock(self), 1e-9
    def time(self): return self.now
    def _run_once(self): self.n += 1; super()._run_once()
    def _process_events(self, events): pass
    def _write_to_self(self): pass
def run(coro, **kw): return asyncio.run(coro, loop_factory=TickLoop, **kw)
def block(seconds): asyncio.get_running_loop().now += seconds
def p(*a):
    loop = asyncio._get_running_loop()
    print(f'[{getattr(loop, "n", "-")}]', *a, flush=True)
