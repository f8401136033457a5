# gather.cancel() after it finished is a no-op; cancel() when children are all done but outer callback not yet run
async def bad(): raise ValueError('v')
async def main():
    o = create_task(sleep(.02, 'o')); g = asyncio.gather(bad(), o)
    try: await g
    except ValueError: p('g.cancel ->', g.cancel(), 'o.cancelling', o.cancelling())
    p(await o)
    a = create_task(sleep(0, 'a')); g = asyncio.gather(a); await sleep(0); await sleep(0); p('child done', a.done(), 'outer done', g.done(), 'cancel ->', g.cancel()); p(await g)
run(main())
