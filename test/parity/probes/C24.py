# ensure_future: identity for futures, wraps awaitables, errors
class A:
    def __await__(s): yield; return 'aw'
async def c(): return 'co'
async def main():
    f = asyncio.get_running_loop().create_future(); p(asyncio.ensure_future(f) is f, await asyncio.ensure_future(A()), await asyncio.ensure_future(c())); t = create_task(c()); p(asyncio.ensure_future(t) is t); await t
    try: asyncio.ensure_future(5)
    except TypeError as e: p(e)
    class D: _asyncio_future_blocking = False
    p(asyncio.isfuture(f), asyncio.isfuture(t), asyncio.isfuture(D()), asyncio.isfuture(1), asyncio.iscoroutine(x := c()), asyncio.iscoroutine(c), asyncio.iscoroutine((i for i in ()))); x.close()
    k = create_task(sleep(0, 'r')); p(await k, await sleep(-1, 'neg'))
run(main())
