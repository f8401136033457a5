# shields in a row and side by side
async def work(): 
    try: await sleep(1); p('work ends'); return 'v'
    except CancelledError as e: p('work cancelled', e.args); raise
async def waiter(n, s):
    try: p(n, 'got', await s)
    except CancelledError as e: p(n, 'CancelledError', e.args, asyncio.current_task().cancelling()); raise
async def main():
    t = create_task(work()); s1 = asyncio.shield(t); s2 = asyncio.shield(s1); a, b, c = [create_task(waiter(n, s)) for n, s in (('a', s1), ('b', s2), ('c', asyncio.shield(t)))]
    await sleep(.5); b.cancel('only b'); await asyncio.wait([b]); p(s1.cancelled(), s2.cancelled(), t.cancelling())
    a.cancel('and a'); await sleep(0); await sleep(0); await sleep(0); p(a.cancelled(), s1.cancelled(), t.done()); await c; p('c done')
    t = create_task(work()); a, b = [create_task(waiter(n, asyncio.shield(t))) for n in 'ab']; await sleep(.5); t.cancel('inner'); d, q = await asyncio.wait([a, b]); p(a.cancelled(), b.cancelled(), t.cancelled())
run(main())
