# as_completed: several consumers share its coroutines; a cancelled task among them; a consumer cancelled in the middle
async def job(n, d): await sleep(d); return n
async def consumer(n, c):
    try: p(n, 'got', await c)
    except CancelledError: p(n, 'CancelledError', asyncio.current_task().cancelling()); raise
async def main():
    ts = [create_task(job(n, d)) for n, d in (('slow', .3), ('mid', .2), ('fast', .1))]
    cs = [create_task(consumer(i, c)) for i, c in enumerate(asyncio.as_completed(ts))]; await sleep(.15); ts[1].cancel('mid'); await asyncio.wait(cs); p([c.cancelled() for c in cs])
    ts = [create_task(job(n, d)) for n, d in (('slow', .3), ('mid', .2), ('fast', .1))]
    async def loop_():
        async for t in asyncio.as_completed(ts): p(t.result())
    x = create_task(loop_()); await sleep(.15); x.cancel(); await asyncio.wait([x]); p('consumer', x.cancelled(), [t.cancelling() for t in ts]); p(await asyncio.gather(*ts))
run(main())
