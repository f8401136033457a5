# a pipeline: producers and a consumer hand futures to each other in a strict order
async def main():
    loop = asyncio.get_running_loop(); gates = [loop.create_future() for _ in range(3)]
    async def stage(i):
        p('stage', i, 'waits'); v = await gates[i]; p('stage', i, 'has', v)
        if i + 1 < len(gates): gates[i + 1].set_result(v + 1)
        await sleep(0); p('stage', i, 'ends'); return v
    ts = [create_task(stage(i)) for i in (2, 0, 1)]; first = asyncio.wait(ts, return_when='FIRST_COMPLETED'); loop.call_later(1, gates[0].set_result, 10)
    d, q = await first; p('first', sorted(t.result() for t in d), len(q)); p(await asyncio.gather(*ts))
run(main())
