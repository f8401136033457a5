# cancellation latency in ticks for a chain of N tasks, and of N coroutines
async def chain(n, as_task):
    if n == 0: await sleep(10)
    else: await (create_task(chain(n - 1, True)) if as_task else chain(n - 1, False))
async def main():
    for as_task in (False, True):
        x = create_task(chain(4, as_task)); await sleep(.01); n = asyncio.get_running_loop().n; x.cancel(); await asyncio.wait([x]); p('tasks' if as_task else 'coroutines', 'depth 4: ticks until the waiter knows', asyncio.get_running_loop().n - n)
run(main())
