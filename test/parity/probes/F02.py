# wait_for(): inner swallows / raises / cleans up slowly; external cancel
async def sw():
    try: await sleep(10)
    except CancelledError: return 'swallowed'
async def ra():
    try: await sleep(10)
    except CancelledError: raise KeyError('cleanup failed')
async def sl():
    try: await sleep(10)
    finally: await sleep(.03)
async def main():
    p('swallow ->', await asyncio.wait_for(sw(), .01), asyncio.current_task().cancelling())
    p('swallow task ->', await asyncio.wait_for(create_task(sw()), .01))
    try: await asyncio.wait_for(ra(), .01)
    except KeyError as e: p(repr(e), 'context', repr(e.__context__), 'its cause', repr(e.__context__.__cause__))
    t0 = time.monotonic()
    try: await asyncio.wait_for(sl(), .01)
    except TimeoutError: p('waited for cleanup', time.monotonic() - t0 >= .04)
    inner = create_task(sleep(10)); x = create_task(asyncio.wait_for(inner, 5)); await sleep(0); x.cancel('ext'); await asyncio.wait([x]); p('outer cancel: x', x.cancelled(), 'inner', inner.cancelled())
run(main())
