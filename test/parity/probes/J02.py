# timeout: not cancelled, raised once per missing; exceptions; abandoning the loop
async def t(n, d): await sleep(d); return n
async def bad(): raise ValueError('b')
async def main():
    ts = [create_task(t('a', .01)), create_task(t('b', .05))]
    for c in asyncio.as_completed(ts, timeout=.02):
        try: p(await c)
        except TimeoutError as e: p('TimeoutError', e.args)
    p('still running', not ts[1].done(), ts[1].cancelling())
    try:
        async for x in asyncio.as_completed([ts[1]], timeout=.005): p('NEVER')
    except TimeoutError: p('async form: raised by the loop itself')
    async for x in asyncio.as_completed([bad(), t('z', .01)]):
        try: p(await x)
        except ValueError as e: p(repr(e))
    it = iter(asyncio.as_completed([t('l', .01), t('e', 0)])); c1, c2 = next(it), next(it); p(await c2, '<- second coroutine awaited first still gets the first finished'); p(await c1)
run(main())
