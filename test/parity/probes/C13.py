# a coroutine that raises CancelledError by itself marks the task cancelled; other errors; StopIteration
async def a(): raise CancelledError('by hand')
async def b(): raise StopIteration(1)
async def c(): raise KeyError('k')
async def main():
    for f in (a, b, c):
        t = create_task(f()); await asyncio.wait([t]); p(f.__name__, t.cancelled(), t.cancelling(), None if t.cancelled() else repr(t.exception()))
    t = create_task(sleep(0)); 
    for m, x in (('set_result', 1), ('set_exception', ValueError())):
        try: getattr(t, m)(x)
        except RuntimeError as e: p(e)
    await t
    for bad in (5, lambda: 1):
        try: asyncio.Task(bad)
        except TypeError as e: p(str(e)[:40])
run(main())
