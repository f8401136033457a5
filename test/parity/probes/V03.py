# tutorial: hello() cancelled by run(); display_date with five ways to sleep, on a virtual clock where a turn takes 1/64 s
async def hello():
    try: print('Hello ...'); await sleep(1); print('... World!')
    except CancelledError: print('Task cancelled'); raise
async def m(): t = create_task(hello()); await sleep(.02); t.cancel()
run(m())
async def m0(): t = create_task(hello()); await sleep(0)
run(m0())
now = lambda: asyncio.get_running_loop().time()
class AsyncSleep:
    def __init__(s, sec): s.sec = sec
    def __await__(s):
        w = now() + s.sec
        while now() < w: block(1/64); yield
class YieldToEventLoop:
    def __await__(s): block(1/64); yield
async def _w(f, t):
    while now() < t: await YieldToEventLoop()
    f.set_result(None)
async def fut_sleep(sec): f = asyncio.Future(); k = create_task(_w(f, now() + sec)); await f
async def plain(sec):
    t = now() + sec
    while now() < t: await YieldToEventLoop()
async def later(sec): loop = asyncio.get_running_loop(); f = loop.create_future(); loop.call_later(sec, asyncio.Future.set_result, f, None); await f
async def display_date(sl):
    loop = asyncio.get_running_loop(); end = loop.time() + 5
    while True:
        p(sl.__name__, 'at', round(loop.time()), 's')
        if loop.time() + 1 >= end: break
        await sl(1)
for sl in (sleep, AsyncSleep, fut_sleep, plain, later): run(display_date(sl))
