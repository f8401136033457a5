# states, callbacks are always deferred, order, duplicates, removal
async def main():
    loop = asyncio.get_running_loop(); f = loop.create_future(); p(f, f.done(), f.cancelled())
    for m in ('result', 'exception'):
        try: getattr(f, m)()
        except asyncio.InvalidStateError as e: p(m, repr(e))
    cb = lambda x: p('cb', x.result())
    f.add_done_callback(cb); f.add_done_callback(cb); f.add_done_callback(lambda x: p('other'))
    p('removed', f.remove_done_callback(cb)); f.add_done_callback(cb); f.add_done_callback(cb)
    f.set_result(1); p('set_result returned; no callback ran yet')
    f.add_done_callback(lambda x: p('added when done -> call_soon'))
    for m, a in (('set_result', 2), ('set_exception', ValueError())):
        try: getattr(f, m)(a)
        except asyncio.InvalidStateError as e: p(m, str(e).split(' at 0x')[0])
    p('cancel done ->', f.cancel(), f.result(), f.exception())
    await sleep(0); p(f)
run(main())
