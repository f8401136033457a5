# wait() on plain futures: modes, results that were there before, an exception and a result in one tick
async def main():
    loop = asyncio.get_running_loop(); F = lambda: loop.create_future()
    async def show(mode, fs, then):
        x = create_task(asyncio.wait(fs.values(), return_when=mode)); await sleep(0); then(); d, q = await x
        p(mode, sorted(n for n, f in fs.items() if f in d), sorted(n for n, f in fs.items() if f in q)); [f.exception() for f in d if not f.cancelled()]
    fs = dict(a=F(), b=F(), c=F()); await show('FIRST_EXCEPTION', fs, lambda: (fs['a'].set_result(1), fs['b'].cancel(), loop.call_soon(fs['c'].set_exception, ValueError())))
    fs = dict(a=F(), b=F(), c=F()); await show('FIRST_EXCEPTION', fs, lambda: (fs['a'].set_exception(ValueError()), fs['b'].set_result(1)))
    fs = dict(a=F(), b=F()); fs['a'].set_exception(ValueError()); await show('FIRST_EXCEPTION', fs, lambda: None)
    fs = dict(a=F(), b=F()); fs['a'].cancel(); await show('FIRST_COMPLETED', fs, lambda: None)
    fs = dict(a=F(), b=F()); fs['b'].set_result(2); await show('ALL_COMPLETED', fs, lambda: loop.call_later(1, fs['a'].set_result, 1)); p(loop.time())
    a, b = F(), F(); loop.call_later(1, a.set_result, 1); loop.call_later(1 + 5e-10, b.set_result, 2); d, q = await asyncio.wait([b, a], return_when='FIRST_COMPLETED'); p('deadlines less than the resolution apart', len(d), len(q))
run(main())
