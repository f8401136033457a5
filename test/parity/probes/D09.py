# gather/wait argument mistakes seen in tutorials: a list instead of *list; bare coroutines to wait()
async def c(): return 1
async def main():
    l = [c(), c()]
    try: asyncio.gather(l)
    except TypeError as e: p('gather(list):', str(e)[:60])
    try: await asyncio.wait(l)
    except TypeError as e: p('wait(coroutines):', e)
    p(await asyncio.gather(*l))
run(main())
