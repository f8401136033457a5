# timeout(0)/negative: body runs to its first suspension; a body without suspension never times out
async def main():
    for d in (0, -1):
        try:
            async with asyncio.timeout(d) as cm: p('body starts'); await sleep(0); p('NEVER (sleep(0) is interrupted?)'); await sleep(0)
        except TimeoutError: p('TimeoutError', d)
    async with asyncio.timeout(0) as cm: p('no await at all')
    p('no error, expired', cm.expired()); await sleep(0); p('handle was cancelled, still alive')
    async with asyncio.timeout(.01) as cm: time.sleep(.02)
    p('blocking body past the deadline: no error', cm.expired())
run(main())
