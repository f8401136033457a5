# cancel and uncancel under timeouts: who counts what
async def main():
    me = asyncio.current_task()
    async def poke(n): 
        for i in range(n): me.cancel(f'poke {i}'); await sleep(.1)
    x = create_task(poke(2))
    try:
        async with asyncio.timeout(.15) as t:
            while True:
                try: await sleep(1); p('slept')
                except CancelledError as e: p('caught', e.args, me.cancelling(), t.expired()); me.uncancel() if not t.expired() else None
                if t.expired(): break
            p('leaving by itself', me.cancelling())
    except TimeoutError: p('TimeoutError')
    p('after', me.cancelling(), t.expired()); await x
    try:
        async with asyncio.timeout(1): me.cancel('own'); p('requested', me.cancelling()); await sleep(0); p('NEVER')
    except CancelledError as e: p('CancelledError', e.args, me.cancelling(), me.uncancel())
    await sleep(0); p('alive')
    async with asyncio.timeout(1): me.cancel('rescinded'); me.uncancel(); await sleep(0); p('rescinded in time', me.cancelling())
run(main())
