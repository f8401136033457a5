# shield: outer cancelled, inner lives; inner cancelled; done shortcut; cancel twice
async def work(): await sleep(.02); p('inner finished'); return 'v'
async def sh(t):
    try: return await asyncio.shield(t)
    except CancelledError as e: p('sh got', repr(e), 'inner.cancelling', t.cancelling()); raise
async def main():
    t = create_task(work()); x = create_task(sh(t)); await sleep(0); x.cancel('no'); await asyncio.wait([x]); p('x', x.cancelled(), 't.done', t.done()); p(await t)
    t = create_task(work()); x = create_task(sh(t)); await sleep(0); await sleep(0); t.cancel('inner'); await asyncio.wait([x]); p('inner cancelled -> x', x.cancelled(), 'x.cancelling', x.cancelling())
    f = asyncio.get_running_loop().create_future(); f.set_result(1); p('done: same object', asyncio.shield(f) is f)
    s = asyncio.shield(work()); p(type(s).__name__); p(await s)
    t = create_task(work()); s1, s2 = asyncio.shield(t), asyncio.shield(t); s1.cancel(); p('s1', s1.cancelled(), 's2', s2.cancelled()); p(await s2)
run(main())
