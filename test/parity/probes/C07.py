# cancel a task that awaits another task: the inner one gets it first; an inner that swallows it eats the cancellation
async def inner(swallow):
    try: await sleep(10)
    except CancelledError as e:
        p('inner got', repr(e))
        if swallow: return 'swallowed'
        raise
async def outer(sw):
    try: r = await create_task(inner(sw), name='inner'); p('outer resumed with', r); return r
    except CancelledError as e: p('outer got', repr(e)); raise
async def main():
    for sw in (False, True):
        x = create_task(outer(sw)); await sleep(0); await sleep(0); x.cancel('stop')
        r = await asyncio.gather(x, return_exceptions=True); p(r, 'cancelled', x.cancelled(), 'cancelling', x.cancelling())
run(main())
