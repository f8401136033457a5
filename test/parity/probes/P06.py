# timeout around a gather: children clean up; those that take long outlive the block
async def child(n, d):
    try: await sleep(10)
    except CancelledError: p(n, 'cancelled'); await sleep(d); p(n, 'cleaned up'); raise
async def main():
    loop = asyncio.get_running_loop()
    for re in (False, True):
        try:
            async with asyncio.timeout(1): await asyncio.gather(child('a', 0), child('b', .5), child('c', .25), return_exceptions=re)
        except TimeoutError as e: p('TimeoutError', re, round(loop.time(), 3), type(e.__cause__).__name__)
        await sleep(1); p('--')
run(main())
