# tutorials: task + callback; run_until_complete style; wait(tasks with timeout); gather after await, on a virtual clock
async def get_request(url): await sleep(.01); return 'page ' + url
async def m2():
    ts = []
    for u in ('a', 'b'): t = create_task(get_request(u)); t.add_done_callback(lambda t: print('callback got', t.result())); ts.append(t)
    await asyncio.wait(ts)
run(m2())
async def foo(): print('coroutine runs')
loop = TickLoop()
try: print('start'); c = foo(); print('enter loop'); loop.run_until_complete(c)
finally: print('close loop'); loop.close()
async def m4():
    ts = [create_task(sleep(.01), name='quick'), create_task(sleep(5), name='slow')]; d, q = await asyncio.wait(ts, timeout=.03); print([t.get_name() for t in d], [t.get_name() for t in q])
    g = asyncio.gather(*q); await sleep(0); print('gather future can be cancelled:', g.cancel())
    try: await g
    except CancelledError: print('CancelledError; slow.cancelled', ts[1].cancelled())
run(m4())
async def func(): print('func')
async def main5():
    await func(); r = asyncio.gather(f2(), f3()); print('func2/func3 start only when main suspends'); await r
async def f2(): print('func2')
async def f3(): print('func3')
run(main5())
