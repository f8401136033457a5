# cancelling one child (return_exceptions=False): outer holds a CancelledError as *exception*; the awaiting task becomes cancelled; siblings live
async def par(k, o): return await asyncio.gather(k, o)
async def main():
    k = create_task(sleep(10)); o = create_task(sleep(.03, 'o')); g = asyncio.gather(k, o); x = create_task(par(k, o)); await sleep(0); k.cancel('kid')
    await asyncio.wait([x]); p('x.cancelled', x.cancelled(), 'x.cancelling', x.cancelling(), '| g.cancelled', g.cancelled(), 'g.exception', repr(g.exception()), '| o.done', o.done())
    p(await o)
run(main())
