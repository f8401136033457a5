# never-retrieved logging for futures: when is it cleared?
async def main():
    loop = asyncio.get_running_loop(); loop.set_exception_handler(lambda l, c: p('HANDLER', c['message'], sorted(c)))
    f = loop.create_future(); f.set_exception(ValueError('1')); del f; gc.collect(); p('1 dropped')
    f = loop.create_future(); f.set_exception(ValueError('2')); f.exception(); del f; gc.collect(); p('2 exception() clears')
    f = loop.create_future(); f.set_exception(ValueError('3')); f.cancel(); del f; gc.collect(); p('3 cancel() on done clears too')
    f = loop.create_future(); f.set_exception(ValueError('4')); f.add_done_callback(lambda f: None); await sleep(0); await sleep(0); del f; gc.collect(); p('4 a callback that does not look does not clear')
    f = loop.create_future(); del f; gc.collect(); p('5 pending future dropped: silent')
run(main())
