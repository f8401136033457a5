# create_task is call_soon(step): strict FIFO with callbacks; gather starts children in argument order
async def t(n): p('task', n)
async def main():
    loop = asyncio.get_running_loop(); loop.call_soon(p, 'soon 1'); create_task(t(1)); loop.call_soon(p, 'soon 2'); k = create_task(t(2)); await k
    await asyncio.gather(*(t(i) for i in 'abc'))
run(main())
