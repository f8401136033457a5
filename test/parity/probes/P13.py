# cancelled twice: the second request meets the cleanup, under timeout, gather and shield
async def careful(n):
    try: await sleep(10)
    finally:
        p(n, 'cleanup begins')
        try: await sleep(1); p(n, 'cleanup ends')
        except CancelledError as e: p(n, 'cleanup interrupted', e.args); raise
async def main():
    loop = asyncio.get_running_loop()
    x = create_task(careful('bare')); await sleep(0); x.cancel('1'); await sleep(.5); x.cancel('2'); await asyncio.wait([x]); p(x.cancelled(), x.cancelling())
    x = create_task(asyncio.wait_for(careful('wait_for'), 1)); await sleep(1.5); p('past the deadline', x.done(), x.cancelling()); x.cancel('ext'); await asyncio.wait([x]); p(x.cancelled(), x.cancelling(), loop.time())
    async def g(): return await asyncio.gather(careful('gather'), sleep(.1), return_exceptions=True)
    x = create_task(g()); await sleep(.5); x.cancel('1'); await sleep(.5); x.cancel('2'); await asyncio.wait([x]); p(x.cancelled(), x.cancelling())
    async def s(): 
        t = create_task(careful('shield'))
        try: await asyncio.shield(t)
        finally: p('shield left'); t.cancel('by hand'); await asyncio.wait([t]); p('inner', t.cancelled())
    x = create_task(s()); await sleep(0); await sleep(0); x.cancel('1'); await asyncio.wait([x]); p(x.cancelled())
run(main())
