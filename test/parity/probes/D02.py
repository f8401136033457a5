# empty gather; all-done gather completes synchronously; outside a loop
async def main():
    g = asyncio.gather(); p(g.done(), g.result()); p(await g, 'no tick')
    f = asyncio.get_running_loop().create_future(); f.set_result(1); g = asyncio.gather(f, f); p('all done children -> done at once', g.done(), await g)
    f2 = asyncio.get_running_loop().create_future(); f2.set_exception(ValueError('v')); g = asyncio.gather(f2, f); p(g.done(), repr(g.exception()))
    k = create_task(sleep(0, 'k')); p('one pending:', asyncio.gather(f, k).done()); await k
    try: asyncio.gather(5)
    except TypeError as e: p(e)
run(main())
async def c(): return 1
for a in ((), (c(),)):
    try: asyncio.gather(*a)
    except RuntimeError as e: print(repr(e))
    for x in a: x.close()
