# shield: inner fails after the outer was cancelled - is it logged?
async def bad(): await sleep(.01); raise ValueError('late')
async def main():
    asyncio.get_running_loop().set_exception_handler(lambda l, c: p('HANDLER', c['message'], sorted(c)))
    t = create_task(bad()); s = asyncio.shield(t); s.cancel(); await sleep(.02); p('inner done', t.done()); del t; gc.collect(); p('collected')
run(main())
