# what a task accepts from __await__/yield
class Y:
    def __init__(s, v): s.v = v
    def __await__(s): r = yield s.v; return ('resumed with', r)
class It:
    def __init__(s, it): s.it = it
    def __await__(s): return s.it
async def aw(x): return await x
async def main():
    loop = asyncio.get_running_loop()
    for x in (Y(None), Y(7), Y(loop.create_future()), It(iter([None])), It(iter([7])), It([7]), 5, None, Y((i for i in ()))):
        try: p(type(x).__name__, getattr(x, 'v', ''), '->', await create_task(aw(x)))
        except (RuntimeError, TypeError) as e: p(type(x).__name__, '->', type(e).__name__, str(e).split(' coro=')[0][:90])
    other = asyncio.new_event_loop(); f = other.create_future()
    try: await f
    except RuntimeError as e: p('RuntimeError', 'attached to a different loop' in str(e))
    other.close()
run(main())
