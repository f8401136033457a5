# shield in a loop of wait_for: the attempts time out, the work goes on and is had in the end
async def work(): await sleep(1); p('work ends'); return 'result'
async def main():
    loop = asyncio.get_running_loop(); t = create_task(work())
    for i in range(9):
        try: p(await asyncio.wait_for(asyncio.shield(t), .3)); break
        except TimeoutError: p('attempt', i, 'at', round(loop.time(), 3), 'cancelling', t.cancelling())
    p('done at', round(loop.time(), 3))
run(main())
