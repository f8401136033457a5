# a callback that raises: other callbacks still run
async def main():
    loop = asyncio.get_running_loop(); loop.set_exception_handler(lambda l, c: p('HANDLER', c['message'].split('.<locals>')[0], repr(c['exception']), sorted(c)))
    f = loop.create_future()
    def bad(f): raise ValueError('cb')
    f.add_done_callback(bad); f.add_done_callback(lambda f: p('second runs')); f.set_result(0); await sleep(0); await sleep(0)
run(main())
