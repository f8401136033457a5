# wait_for(0) on a task that refuses to die waits for it and returns its value
async def sw():
    try: await sleep(10)
    except CancelledError: await sleep(.01); return 'late'
async def main():
    t = create_task(sw()); await sleep(0); p(await asyncio.wait_for(t, 0))
    async def fin(): return 'v'
    t = create_task(fin()); p('pending but due this tick with timeout 0:'); 
    try: p(await asyncio.wait_for(t, 0))
    except TimeoutError: p('TimeoutError', t.cancelled())
run(main())
