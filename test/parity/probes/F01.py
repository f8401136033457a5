# wait_for(): same task, timeout, 0/negative, None, done future, non-awaitable
async def who(): return asyncio.current_task().get_name()
async def main():
    p('coroutine runs in the caller task:', await asyncio.wait_for(who(), 1), asyncio.current_task().get_name())
    started = []
    async def s(): started.append(1)
    for to in (0, -1):
        try: await asyncio.wait_for(s(), to)
        except TimeoutError as e: p(to, 'started', started, repr(e), 'cause', repr(e.__cause__))
    f = asyncio.get_running_loop().create_future(); f.set_result('v'); p(await asyncio.wait_for(f, 0), await asyncio.wait_for(f, None))
    t = create_task(sleep(10)); 
    try: await asyncio.wait_for(t, .01)
    except TimeoutError as e: p('task cancelled', t.cancelled(), 'e.args', e.args, 'asyncio.TimeoutError is TimeoutError', asyncio.TimeoutError is TimeoutError)
    t = create_task(sleep(.03, 'shielded'))
    try: await asyncio.wait_for(asyncio.shield(t), .01)
    except TimeoutError: p('shielded alive', t.cancelled(), await t)
    for bad in (5,):
        try: await asyncio.wait_for(bad, 1)
        except TypeError as e: p(e)
run(main())
