# body swallows the CancelledError -> no TimeoutError though expired(); body raises something else
async def main():
    async with asyncio.timeout(.01) as cm:
        try: await sleep(1)
        except CancelledError: p('swallowed, cancelling', asyncio.current_task().cancelling())
    p('expired', cm.expired(), 'cancelling', asyncio.current_task().cancelling()); await sleep(0); p('alive')
    try:
        async with asyncio.timeout(.01):
            try: await sleep(1)
            except CancelledError: raise KeyError('k')
    except KeyError as e: p(repr(e), repr(e.__context__), repr(e.__context__.__cause__))
run(main())
