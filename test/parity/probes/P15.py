# zero and negative delays everywhere: who needs how many turns
async def main():
    loop = asyncio.get_running_loop()
    async def ticks(n, aw):
        before = loop.n
        try: await aw
        except TimeoutError: n += ' TimeoutError'
        p(n, loop.n - before)
    async def nothing(): pass
    async def t0():
        async with asyncio.timeout(0): await sleep(0)
    done = loop.create_future(); done.set_result(1)
    await ticks('sleep(0)', sleep(0)); await ticks('sleep(-1)', sleep(-1)); await ticks('a coroutine', nothing()); await ticks('a task', create_task(nothing())); await ticks('a done future', done)
    await ticks('gather()', asyncio.gather()); await ticks('gather(done)', asyncio.gather(done)); await ticks('gather(coroutine)', asyncio.gather(nothing())); await ticks('gather(gather(coroutine))', asyncio.gather(asyncio.gather(nothing())))
    await ticks('wait([done])', asyncio.wait([done])); await ticks('wait([task], 0)', asyncio.wait([create_task(sleep(1))], timeout=0)); await ticks('wait([task], -1)', asyncio.wait([create_task(sleep(1))], timeout=-1))
    await ticks('wait_for(done, 0)', asyncio.wait_for(done, 0)); await ticks('wait_for(coroutine, 0)', asyncio.wait_for(nothing(), 0)); await ticks('wait_for(coroutine, None)', asyncio.wait_for(nothing(), None)); await ticks('wait_for(task, 1)', asyncio.wait_for(create_task(nothing()), 1))
    await ticks('timeout(0)', t0()); await ticks('shield(coroutine)', asyncio.shield(nothing())); await ticks('shield(shield(coroutine))', asyncio.shield(asyncio.shield(nothing())))
run(main())
