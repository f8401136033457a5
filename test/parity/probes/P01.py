# two children fail in one tick: the first in argument order wins; done-callbacks of children, of the gather, and the awaiter
async def bad(n):
    await sleep(.1); p(n, 'raises'); raise ValueError(n)
async def main():
    a, b = create_task(bad('a')), create_task(bad('b'))
    a.add_done_callback(lambda t: p('callback of a')); b.add_done_callback(lambda t: p('callback of b'))
    g = asyncio.gather(b, a); g.add_done_callback(lambda g: p('callback of the gather'))
    try: await g
    except ValueError as e: p('caught', e, a.done(), b.done())
    g.add_done_callback(lambda g: p('late callback')); p('still here'); await sleep(0)
run(main())
