# eager factory: runs synchronously until first suspension; then normal
async def t(n, block):
    p(n, 'start', asyncio.current_task().get_name())
    if block: await sleep(0); p(n, 'resumed')
    return n
async def main():
    loop = asyncio.get_running_loop(); loop.set_task_factory(asyncio.eager_task_factory); p(loop.get_task_factory() is asyncio.eager_task_factory)
    a = create_task(t('a', False), name='A'); p('after create', a.done(), a.result(), a.get_coro(), a in asyncio.all_tasks(), asyncio.current_task().get_name())
    b = create_task(t('b', True), name='B'); p(b.done(), b in asyncio.all_tasks()); p(await b)
    a.add_done_callback(lambda x: p('cb on eager-done task is still deferred')); await sleep(0)
    p('gather of eagerly finished:', asyncio.gather(t('x', False), t('y', False)).done())
    l = create_task(t('l', False), eager_start=False); p('eager_start=False wins', l.done()); await l
    loop.set_task_factory(None); e = create_task(t('e', False), eager_start=True); p('eager_start=True without factory', e.done())
run(main())
