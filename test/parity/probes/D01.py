# order of results, duplicates (same coroutine / same task), nested gather, mixed futures
async def t(n, d): await sleep(d); p('done', n); return n
async def main():
    f = asyncio.get_running_loop().create_future(); f.set_result('F'); c = t('c', .02); k = create_task(t('k', .01))
    g = asyncio.gather(c, k, c, f, k, asyncio.gather(t('x', 0), t('y', 0)))
    p(type(g).__name__, isinstance(g, asyncio.Future), isinstance(g, asyncio.Task)); p(await g)
run(main())
