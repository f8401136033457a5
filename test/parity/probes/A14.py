# call_soon_threadsafe wakes a sleeping loop; callbacks from one thread keep order; arguments
async def main():
    loop = asyncio.get_running_loop(); t0 = loop.time(); ev = asyncio.Event()
    def th():
        for i in range(3): loop.call_soon_threadsafe(p, i)
        loop.call_soon_threadsafe(ev.set)
    threading.Timer(.02, th).start()
    await asyncio.wait_for(ev.wait(), 5); print(loop.time() - t0 < 1)
run(main())
