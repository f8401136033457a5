# consuming tasks with wait(FIRST_COMPLETED) and adding new ones meanwhile
async def job(n, d): await sleep(d); return n
async def main():
    loop = asyncio.get_running_loop(); todo = {create_task(job('a', 1)), create_task(job('b', .5))}; more = ['d', 'c']
    while todo:
        done, todo = await asyncio.wait(todo, return_when=asyncio.FIRST_COMPLETED)
        p([t.result() for t in done], len(todo), round(loop.time(), 3))
        if more: todo.add(create_task(job(more.pop(), .75)))
run(main())
