# a late timer: all timers due are released in deadline order, not in creation order; precision
async def main():
    loop = asyncio.get_running_loop(); out = []
    loop.call_later(.03, out.append, 'c'); loop.call_later(.01, out.append, 'a'); loop.call_later(.02, out.append, 'b')
    time.sleep(.05); await sleep(0); p(out)
    await sleep(0); p(out)
    h = loop.call_later(5, p); p('when-now', round(h.when() - loop.time(), 1), h.cancelled()); h.cancel(); p(h.cancelled(), type(h).__name__, loop._clock_resolution)
    for bad in (None,):
        for f in (loop.call_later, loop.call_at):
            try: f(bad, p)
            except TypeError as e: p(e)
    try: await sleep(float('nan'))
    except ValueError as e: p(e)
run(main())
