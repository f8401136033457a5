# swallowing child under a cancelled gather: return_exceptions=True still raises CancelledError
async def sw():
    try: await sleep(10)
    except CancelledError: return 'swallowed'
async def main():
    for re in (False, True):
        g = asyncio.gather(sw(), sw(), return_exceptions=re); await sleep(0); p('cancel ->', g.cancel(), 'cancelled() now', g.cancelled())
        try: p(await g)
        except CancelledError as e: p('CancelledError', e.args, 'g.cancelled', g.cancelled())
run(main())
