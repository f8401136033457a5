# first exception propagates at once; siblings go on; later exceptions are consumed silently
async def ok(): await sleep(.3); p('ok still ran to the end'); return 1
async def bad(n, d): await sleep(d); p('raising', n); raise ValueError(n)
async def main():
    asyncio.get_running_loop().set_exception_handler(lambda l, c: p('HANDLER', c['message']))
    a = create_task(ok())
    try: await asyncio.gather(a, bad('b1', .05), bad('b2', .15))
    except ValueError as e: p('main caught', e, 'a.done', a.done(), 'a.cancelling', a.cancelling())
    await a; gc.collect(); p('end')
run(main())
