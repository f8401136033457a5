# tutorial: the say_after family, on a virtual clock
async def say_after(d, what): await sleep(d); print(what)
async def ret_after(d, what): await sleep(d); return f'{what} - {d}'
async def timed(f): loop = asyncio.get_running_loop(); t = loop.time(); await f(); print('elapsed', round(loop.time() - t), 's'); print('--')
async def seq(): await say_after(1, 'hello'); await say_after(2, 'world')
async def tasks(): a = create_task(say_after(1, 'hello')); b = create_task(say_after(2, 'world')); await a; await b
async def rets(): a = create_task(ret_after(1, 'hello')); b = create_task(ret_after(2, 'world')); print(await a); print(await b)
async def g1(): a = create_task(ret_after(1, 'hello')); b = create_task(ret_after(2, 'world')); print(await asyncio.gather(a, b))
async def g2(): print(await asyncio.gather(ret_after(1, 'hello'), ret_after(2, 'world')))
for f in (seq, tasks, rets, g1, g2): run(timed(f))
