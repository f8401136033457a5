# awaiting a done future does not yield; waiters wake in await order, one tick after set_result
async def w(n, f): p(n, 'waits'); r = await f; p(n, 'got', r)
async def main():
    loop = asyncio.get_running_loop(); f = loop.create_future()
    ts = [create_task(w(n, f)) for n in 'ab']; await sleep(0)
    loop.call_soon(p, 'soon-before'); f.set_result('R'); loop.call_soon(p, 'soon-after'); p('set')
    p(await f, 'no tick passed'); await asyncio.gather(*ts); p('end')
run(main())
