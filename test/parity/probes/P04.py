# a heartbeat that moves the deadline: the block lives as long as it beats
async def main():
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(1) as t:
            for i in range(4): await sleep(.75 + i / 8); t.reschedule(loop.time() + 1); p('beat', i, round(loop.time(), 3), round(t.when(), 3))
            await sleep(5); p('NEVER')
    except TimeoutError: p('TimeoutError', round(loop.time(), 3), t.expired(), asyncio.current_task().cancelling())
    async with asyncio.timeout(1) as outer:
        async with asyncio.timeout(10) as inner: inner.reschedule(None); outer.reschedule(None); await sleep(20); p('both without a deadline', round(loop.time(), 3)); inner.reschedule(loop.time() + 1); outer.reschedule(loop.time() + 2)
        try:
            async with asyncio.timeout(9) as inner: await sleep(30)
        except CancelledError: p('inner sees the cancellation', inner.expired(), outer.expired()); raise
        finally: p('leaving')
try: run(main())
except TimeoutError: print('TimeoutError out of run')
