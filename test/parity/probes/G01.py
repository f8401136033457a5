# timeout(): expiry, when/expired/reschedule/None, repr, misuse
async def main():
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(.01) as cm: p('in', cm.expired(), round(cm.when() - loop.time(), 2)); await sleep(1)
    except TimeoutError as e: p('expired', cm.expired(), repr(e), repr(e.__cause__), 'cancelling', asyncio.current_task().cancelling(), cm)
    async with asyncio.timeout(None) as cm: p(cm.when(), cm); cm.reschedule(loop.time() + 5); await sleep(0)
    p(cm, cm.expired())
    for f in (lambda: cm.reschedule(1), lambda: asyncio.timeout(1).reschedule(1)):
        try: f()
        except RuntimeError as e: p(e)
    try:
        async with cm: pass
    except RuntimeError as e: p(e)
    try:
        async with asyncio.timeout(5) as cm: cm.reschedule(loop.time() - 1); p('reschedule to the past does not interrupt synchronously'); await sleep(0); p('NEVER?'); await sleep(0)
    except TimeoutError: p('TimeoutError', cm.expired())
    async with asyncio.timeout(.01) as cm: cm.reschedule(None); await sleep(.02)
    p('disabled by reschedule(None)', cm.expired())
    async with asyncio.timeout_at(loop.time() + 1) as cm: pass
    p('TimeoutError is', TimeoutError.__mro__[1].__name__)
run(main())
async def g():
    cm = asyncio.timeout(1); loop = asyncio.get_running_loop()
    def cb():
        try: cm.__aenter__().send(None)
        except (RuntimeError, StopIteration) as e: p(repr(e))
    loop.call_soon(cb); await sleep(0); await sleep(0)
run(g())
