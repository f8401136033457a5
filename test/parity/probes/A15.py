# clock resolution: a timer may fire up to one resolution early; with a coarse clock it fires without waiting
async def main():
    loop = asyncio.get_running_loop(); t0 = loop.time(); n = loop.n
    loop._clock_resolution = .05; await sleep(.04); p('resolution .05, sleep(.04): waited', loop.time() - t0 >= .039, 'ticks', loop.n - n)
    t0 = loop.time(); loop._clock_resolution = 1e-9; await sleep(.02); p('fine clock: waited', loop.time() - t0 >= .02)
    w = loop.time() + .5; out = []; loop.call_at(w, out.append, 'timer'); loop._clock_resolution = 1.0; await sleep(0); p('due = when < time()+resolution, tested right after the poll:', out); await sleep(0); p(out)
run(main())
