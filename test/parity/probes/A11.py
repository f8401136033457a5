# cancelled timers: purge only when >100 scheduled and >50% cancelled
async def main():
    loop = asyncio.get_running_loop()
    hs = [loop.call_later(3600 + i, p) for i in range(101)]
    for h in hs[1:52]: h.cancel()
    await sleep(0); p('101 timers, 51 cancelled -> heap', len(loop._scheduled))
    hs2 = [loop.call_later(7200 + i, p) for i in range(99)]
    for h in hs2[:99]: h.cancel()
    await sleep(0); p('149 timers, 99 cancelled -> heap', len(loop._scheduled))
    for h in hs: h.cancel()
    await sleep(0); p('heap', len(loop._scheduled))
run(main())
