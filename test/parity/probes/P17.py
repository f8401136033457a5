# as_completed with a limit for each coroutine: one that timed out is used up; a coroutine more than needed; async iteration likewise
async def job(n, d): await sleep(d); return n
async def main():
    loop = asyncio.get_running_loop(); ts = [create_task(job(n, d)) for n, d in (('a', .1), ('b', .45), ('c', .5))]
    for c in asyncio.as_completed(ts):
        try: p(await asyncio.wait_for(c, .2), round(loop.time(), 3))
        except TimeoutError: p('TimeoutError', round(loop.time(), 3))
    p('loop left', [t.done() for t in ts]); p(await asyncio.gather(*ts))
    ts = [create_task(job(n, d)) for n, d in (('d', .1), ('e', .4))]; it = aiter(asyncio.as_completed(ts))
    while True:
        try: p((await asyncio.wait_for(anext(it), .2)).result())
        except TimeoutError: p('TimeoutError')
        except StopAsyncIteration: p('StopAsyncIteration'); break
    p([t.done() for t in ts]); p(await asyncio.gather(*ts))
run(main())
