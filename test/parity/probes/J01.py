# plain iteration yields fresh coroutines; async iteration yields the original tasks; new tasks for coroutines; duplicates
async def t(n, d): await sleep(d); return n
async def main():
    ts = [create_task(t('slow', .03), name='S'), create_task(t('fast', .01), name='F')]
    for c in asyncio.as_completed(ts): p(type(c).__name__, await c)
    ts = [create_task(t('slow', .03), name='S'), create_task(t('fast', .01), name='F')]
    async for x in asyncio.as_completed(ts): p(x.get_name(), x in ts, x.done(), await x)
    async for x in asyncio.as_completed([t('c', 0)]): p(type(x).__name__, x.result())
    p([await c for c in asyncio.as_completed([ts[0], ts[0]])], 'duplicates collapse')
    p([await c for c in asyncio.as_completed([])])
    for bad in (t, 5):
        try: asyncio.as_completed(bad)
        except TypeError as e: p(e)
    c = t(1, 0)
    try: asyncio.as_completed(c)
    except TypeError as e: p(e); c.close()
run(main())
