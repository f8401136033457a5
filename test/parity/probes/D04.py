# return_exceptions: exceptions and CancelledError become results; SystemExit does not
async def bad(): raise ValueError('v')
async def long(): await sleep(10)
async def main():
    l = create_task(long()); await sleep(0); l.cancel('msg')
    r = await asyncio.gather(bad(), l, sleep(0, 'ok'), return_exceptions=True); p(r)
run(main())
