# a BaseException other than SystemExit/KeyboardInterrupt stays inside the task/handle
class MyBase(BaseException): pass
async def bad(): raise MyBase('b')
async def main():
    loop = asyncio.get_running_loop(); loop.set_exception_handler(lambda l, c: p('HANDLER', repr(c['exception'])))
    t = create_task(bad()); await asyncio.wait([t]); p(repr(t.exception()))
    def cb(): raise MyBase('cb')
    loop.call_soon(cb); await sleep(0)
    try:
        async with asyncio.TaskGroup() as tg: tg.create_task(bad())
    except BaseException as e: p(type(e).__name__, e.exceptions)
run(main())
