# two tasks await one plain future: cancelling one task cancels the shared future and so the other task
async def w(f):
    try: await f
    except CancelledError as e: p(asyncio.current_task().get_name(), repr(e)); raise
async def main():
    f = asyncio.get_running_loop().create_future(); a = create_task(w(f), name='a'); b = create_task(w(f), name='b'); await sleep(0)
    a.cancel('only a'); await asyncio.wait([a, b]); p(a.cancelled(), b.cancelled(), 'b.cancelling', b.cancelling(), f.cancelled())
run(main())
