# gather of what is done and what is not; cancelling it twice; nobody looks at its error
async def main():
    loop = asyncio.get_running_loop(); F = loop.create_future; H = []
    loop.set_exception_handler(lambda l, c: p('HANDLER', c['message'], repr(c['exception'])))
    f, c, q = F(), F(), F(); f.set_exception(ValueError('f')); c.cancel('c')
    g = asyncio.gather(q, f, c); p(g.done(), repr(g.exception())); g = asyncio.gather(q, c); p(g.done(), g.cancelled(), repr(g.exception()))
    g = asyncio.gather(f, c, q, return_exceptions=True); p(g.done()); q.set_result('q'); p(g.done()); await sleep(0); p(g.done()); p(await g)
    t = create_task(sleep(9)); g = asyncio.gather(t, f, return_exceptions=True); await sleep(0); p(g.cancel('1'), g.cancel('2'), t.cancelling()); r = (await asyncio.wait([g]))[0].pop(); p(r is g, repr(g.exception()))
    t = create_task(sleep(0)); g = asyncio.gather(t); p(g.cancel('before the first step'), t.cancelled()); await sleep(0); p(t.cancelled(), g.done()); await sleep(0); p(g.done(), repr(g.exception()))
    async def bad(): raise ValueError('lost')
    g = asyncio.gather(bad()); await asyncio.wait([g]); del g; gc.collect(); p('end')
run(main())
