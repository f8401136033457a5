# ticks between inner finish and outer resume: task chain depth adds one tick each; coroutine chain adds none
async def inner(): await sleep(0); p('inner done')
async def mid_coro(): await inner(); p('mid_coro')
async def mid_task(): await create_task(inner()); p('mid_task')
async def main():
    await mid_coro(); p('after coro chain')
    await create_task(mid_task()); p('after task chain')
run(main())
