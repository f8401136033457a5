# a body that blocks past its deadline: where it is stopped; a deadline that passes while the task stands in the ready queue
async def main():
    loop = asyncio.get_running_loop(); t = asyncio.current_task()
    try:
        async with asyncio.timeout(.1) as cm:
            block(.2); p('blocked', cm.expired()); await sleep(0); p('one more turn', cm.expired()); await sleep(0); p('NEVER')
    except TimeoutError: p('TimeoutError')
    try:
        async with asyncio.timeout(.1) as cm:
            block(.2); f = loop.create_future(); loop.call_soon(f.set_result, 1); await f; p('the future was first', cm.expired(), t.cancelling())
    except TimeoutError: p('TimeoutError', f.done(), t.cancelling())
    try:
        async with asyncio.timeout(.1) as cm:
            await sleep(.05); loop.call_later(.04, block, .5); await sleep(.045); p('slept', round(loop.time(), 3), cm.expired()); await sleep(0); p('NEVER')
    except TimeoutError: p('TimeoutError', round(loop.time(), 3))
    async with asyncio.timeout(.1) as cm: block(.2); cm.reschedule(loop.time() + 1); await sleep(.5); p('saved by reschedule', cm.expired())
    p(t.cancelling())
run(main())
