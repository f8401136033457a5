# cancelling the awaiting task: every child is cancelled; outer finishes at the FIRST cancelled child (return_exceptions=False) or after ALL children (True); return_exceptions does not hide the CancelledError
async def t(n, slow):
    try: await sleep(10)
    except CancelledError as e:
        p(n, repr(e))
        if slow: await sleep(.02); p(n, 'slow cleanup end')
        raise
async def par(re):
    try: return await asyncio.gather(t('a', False), t('b', True), return_exceptions=re)
    except CancelledError as e: p('par got', repr(e)); raise
async def main():
    for re in (False, True):
        x = create_task(par(re)); await sleep(0); await sleep(0); x.cancel('stop'); await asyncio.wait([x]); p(re, 'cancelled', x.cancelled()); await sleep(.03)
run(main())
