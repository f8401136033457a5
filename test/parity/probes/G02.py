# nesting: inner expires / outer expires / both at once; external cancel in the same tick
async def n(i, o):
    try:
        async with asyncio.timeout(o) as O:
            try:
                async with asyncio.timeout(i) as I: await sleep(1)
            except TimeoutError: p('inner TimeoutError', I.expired(), O.expired()); await sleep(.05); p('after inner')
    except TimeoutError: p('outer TimeoutError', 'inner', I.expired(), 'outer', O.expired())
async def ext():
    try:
        async with asyncio.timeout(.01) as cm: await sleep(1)
    except TimeoutError: p('TimeoutError')
    except CancelledError as e: p('CancelledError wins', e.args, cm.expired(), 'cancelling', asyncio.current_task().cancelling()); raise
async def main():
    await n(.01, .5); p('--'); await n(.5, .01); p('--'); await n(.01, .01); p('-- external + timeout in one tick')
    x = create_task(ext()); await sleep(0); time.sleep(.02); asyncio.get_running_loop().call_soon(x.cancel, 'ext'); await asyncio.wait([x]); p(x.cancelled())
    x = create_task(ext()); await sleep(0); x.cancel('ext first'); time.sleep(.02); await asyncio.wait([x]); p(x.cancelled())
run(main())
