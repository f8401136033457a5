# eager children: what has run when gather and wait begin; an eager task that ends another one
async def now(n): p(n, 'ran'); return n
async def later(n, f): p(n, 'waits'); v = await f; p(n, 'resumed with', v); return n
async def main():
    loop = asyncio.get_running_loop(); loop.set_task_factory(asyncio.eager_task_factory); f = loop.create_future()
    g = asyncio.gather(now('a'), later('b', f), now('c')); p('gather made', g.done())
    async def setter(): f.set_result('value'); p('set'); await sleep(0); p('setter after a turn')
    s = create_task(setter()); p('setter made'); p(await g); await s
    d, q = await asyncio.wait([create_task(now('d')), create_task(now('e'))]); p(len(d), len(q))
    t = create_task(now('f')); p(await t, 'awaited at once'); p(await asyncio.wait_for(now('g'), 1), await asyncio.shield(now('h')))
    async def nested(): return await create_task(now('inner'))
    t = create_task(nested()); p('nested done', t.done()); p(await asyncio.gather(t, nested()))
run(main())
