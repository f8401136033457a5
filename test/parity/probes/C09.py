# self-cancel (must_cancel): delivered at the next real suspension; return without awaiting -> cancelled; raise -> exception wins; awaiting a done future does not deliver
async def a():
    asyncio.current_task().cancel('self'); p('still running')
    f = asyncio.get_running_loop().create_future(); f.set_result(1); await f; p('await of done future passed')
    try: await sleep(0)
    except CancelledError as e: p('delivered at sleep(0)', repr(e)); return 'ret'
async def b(): asyncio.current_task().cancel('b'); return 'lost value'
async def c(): asyncio.current_task().cancel(); raise ValueError('wins')
async def d():
    asyncio.current_task().cancel(); f = asyncio.get_running_loop().create_future()
    try: await f
    except CancelledError: p('fut waited on was cancelled too:', f.cancelled()); raise
async def main():
    for f in (a, b, c, d):
        t = create_task(f()); r = await asyncio.gather(t, return_exceptions=True); p(f.__name__, r, 'cancelled', t.cancelled(), 'cancelling', t.cancelling())
run(main())
