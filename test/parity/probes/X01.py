# run(): order of shutdown: cancel all + gather, report their errors, close async generators, join the executor, close the loop
async def bg(n, how):
    try: await sleep(10)
    except CancelledError:
        log.append(n)
        if how == 'err': raise KeyError('in cleanup')
        if how == 'sw': return 'swallowed'
        if how == 'slow': await sleep(.02); p('slow cleanup end')
        raise
async def agen():
    try: yield 1; yield 2
    finally: p('agen finally start'); await sleep(0); p('agen finally end')
async def main():
    global keep, log; log = []
    asyncio.get_running_loop().set_exception_handler(lambda l, c: p('HANDLER', c['message'], repr(c.get('exception')), sorted(c)))
    keep = [create_task(bg(n, n)) for n in ('plain', 'err', 'sw', 'slow')]; await sleep(0)
    asyncio.get_running_loop().run_in_executor(None, lambda: (time.sleep(.05), print('executor job end')))
    g = agen(); keep.append(g); p(await anext(g)); p('main end'); return 'result'
print(run(main())); print('cancelled (set order, not creation order):', sorted(log))
