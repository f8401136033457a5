# "Task exception was never retrieved": when; context keys; default log text; what counts as retrieved
async def bad(n): raise ValueError(n)
async def main():
    H = []
    asyncio.get_running_loop().set_exception_handler(lambda l, c: H.append((c['message'], sorted(c))))
    t = create_task(bad(1), name='N'); await sleep(0); await sleep(0); p('not logged while referenced', H); del t; gc.collect(); p(H); H.clear()
    for how in (lambda t: t.exception(), lambda t: t.cancel(), lambda t: t.add_done_callback(lambda x: x.exception())):
        t = create_task(bad(2)); await sleep(0); await sleep(0); how(t); await sleep(0); del t; gc.collect()
    p('exception(), cancel() on a done task, callback reading it: silent', H)
    asyncio.get_running_loop().set_exception_handler(None); t = create_task(bad(3), name='N'); await sleep(0); await sleep(0); del t; gc.collect()
logging.basicConfig(format='LOG %(levelname)s %(name)s %(message)s', stream=sys.stdout)
run(main())
