# custom task factory: receives (loop, coro, **kwargs) with name/context passed through (3.14)
class T(asyncio.Task): pass
async def c(): return asyncio.current_task().get_name()
async def main():
    loop = asyncio.get_running_loop(); loop.set_task_factory(lambda l, co, **k: (p('factory', sorted(k)), T(co, loop=l, **k))[1])
    t = create_task(c(), name='N', context=None); p(type(t).__name__, await t); p(await loop.create_task(c())); p(type(asyncio.ensure_future(c())).__name__, (await asyncio.gather(c())))
    try: loop.set_task_factory(5)
    except TypeError as e: p(e)
    try: create_task(c2 := c(), bogus=1)
    except TypeError as e: p('TypeError', 'bogus' in str(e)); c2.close()
run(main())
