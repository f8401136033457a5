# wait(): three modes, timeout, cancel, argument errors
async def ok(d, v): await sleep(d); return v
async def bad(d): await sleep(d); raise ValueError
N = lambda s: sorted(t.get_name() for t in s)
def mk(): return [create_task(ok(.02, 1), name='ok1'), create_task(bad(.15), name='bad'), create_task(ok(.3, 2), name='ok2')]
async def main():
    for mode in (asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED):
        ts = mk(); d, q = await asyncio.wait(ts, return_when=mode); p(mode, 'done', N(d), 'pending', N(q)); await asyncio.wait(ts)
        for t in ts: t.exception()
    ts = mk(); d, q = await asyncio.wait(ts, timeout=.08); p('timeout: done', N(d), 'pending', N(q), 'not cancelled:', [t.cancelling() for t in q])
    d, q = await asyncio.wait(ts, timeout=0); p('timeout=0: done', N(d), 'pending', N(q))
    w = create_task(asyncio.wait(ts)); await sleep(0); w.cancel(); await asyncio.gather(w, return_exceptions=True); p('wait cancelled', w.cancelled(), 'children', [t.cancelling() for t in ts]); await asyncio.wait(ts); ts[1].exception()
    ts = mk(); ts[0].cancel(); d, q = await asyncio.wait(ts, return_when=asyncio.FIRST_EXCEPTION); p('a cancelled child does not trip FIRST_EXCEPTION: done', N(d)); ts[1].exception()
    c = ok(0, 0)
    for a in (([],), (c,), ([c],), (ts[0],), ([ts[0]], ), (5,)):
        try: d, q = await asyncio.wait(*a, **({'return_when': 'X'} if len(a[0] if isinstance(a[0], list) else []) == 1 and a[0][0] is ts[0] else {})); p('ok')
        except (ValueError, TypeError) as e: p(type(e).__name__, e)
    c.close(); t = create_task(ok(0, 9)); d, q = await asyncio.wait([t, t, t]); p('duplicates collapse', len(d)); d, q = await asyncio.wait([t]); p('already done returns without suspending the loop more than', len(d))
    ts[1].exception()
run(main())
