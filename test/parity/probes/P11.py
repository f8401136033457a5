# a cancellation in the gap: what was awaited is done, the awaiter has not resumed yet
async def outer(n, aw):
    try: p(n, 'got', await aw)
    except CancelledError as e: p(n, 'CancelledError', e.args); raise
async def wait(f): d, q = await asyncio.wait([f]); return len(d)
async def main():
    loop = asyncio.get_running_loop()
    for n, make in (('gather', lambda f: asyncio.gather(f)), ('wait', lambda f: wait(f)), ('wait_for', lambda f: asyncio.wait_for(f, 9)), ('shield', lambda f: asyncio.shield(f)), ('future', lambda f: f)):
        for gap in (0, 1, 2):
            f = loop.create_future(); x = create_task(outer(f'{n} {gap}', make(f))); await sleep(0); await sleep(0); f.set_result(1)
            for i in range(gap): await sleep(0)
            p('cancel ->', x.cancel('gap')); await asyncio.wait([x]); p(x.cancelled(), f.cancelled())
run(main())
