# FIRST_COMPLETED with two finishing in the same tick returns both; wait([done]) costs ticks
async def main():
    a, b = create_task(sleep(0)), create_task(sleep(0)); d, q = await asyncio.wait([a, b], return_when=asyncio.FIRST_COMPLETED); p(len(d), len(q))
    p('before'); await asyncio.wait([a]); p('wait on an already done task: +1 callback, +1 wakeup')
    asyncio.get_running_loop().set_exception_handler(lambda l, c: p('HANDLER', c['message']))
    async def bad(): raise ValueError
    t = create_task(bad()); await asyncio.wait([t]); del t; gc.collect(); p('wait() does not retrieve exceptions')
    t = create_task(bad()); o = create_task(sleep(.01)); await asyncio.wait([t, o], return_when=asyncio.FIRST_EXCEPTION); del t; gc.collect(); p('FIRST_EXCEPTION peeks: marks retrieved'); await o
run(main())
