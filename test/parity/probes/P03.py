# wait_for against the clock: the result and the deadline fall into one tick, in both orders; the result in the last tick before
async def attempt(name, when):
    loop = asyncio.get_running_loop(); f = loop.create_future(); loop.call_at(loop.time() + when, f.set_result, name)
    try: p(await asyncio.wait_for(f, .1), f.cancelled())
    except TimeoutError as e: p(name, 'TimeoutError', f.done(), f.cancelled())
    except Exception as e: p(name, type(e).__name__)
async def late(name):
    loop = asyncio.get_running_loop(); f = loop.create_future(); x = create_task(asyncio.wait_for(f, .1)); await sleep(.05); block(.1); loop.call_soon(lambda: f.done() or f.set_result(name))
    await asyncio.wait([x]); p(name, x.cancelled(), f.cancelled(), type(x.exception()).__name__ if x.exception() else x.result())
async def main():
    await attempt('well before', .05); await attempt('just before', .1 - 1e-6); await attempt('one resolution before', .1 - 5e-10)
    await late('result set in the tick of the deadline, before it')
run(main())
