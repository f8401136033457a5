# async for / async with protocols
class It:
    def __init__(s, n): s.n = n; s.i = 0
    def __aiter__(s): return s
    async def __anext__(s):
        if s.i >= s.n: raise StopAsyncIteration
        s.i += 1; await sleep(0); return s.i
class Cm:
    def __init__(s, sup): s.sup = sup
    async def __aenter__(s): p('enter'); return 'as-value'
    async def __aexit__(s, t, e, tb): await sleep(0); p('exit', t and t.__name__, repr(e), tb is not None); return s.sup
async def main():
    async for x in It(2): p(x)
    else: p('else after exhaustion')
    async for x in It(2): break
    else: p('NEVER')
    p([x async for x in It(3) if x != 2], {x: x async for x in It(1)})
    it = aiter(It(1)); p(await anext(it), await anext(it, 'default'))
    async with Cm(False) as v: p(v)
    async with Cm(True): raise ValueError('suppressed')
    try:
        async with Cm(False): raise ValueError('not suppressed')
    except ValueError as e: p(e)
    async def early():
        async with Cm(False): return 'returned through aexit'
    p(await early())
    async with Cm(False), Cm(False): p('two managers')
    for bad in ([1], 5):
        try:
            async for x in bad: pass
        except TypeError as e: p(e)
    try:
        async with 5: pass
    except TypeError as e: p(str(e)[:95])
    async def t():
        async with Cm(True): await sleep(10)
        return 'CancelledError suppressed by __aexit__ returning True'
    k = create_task(t()); await sleep(0); k.cancel(); p(await k, k.cancelled(), k.cancelling())
run(main())
