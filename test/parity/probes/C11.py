# cancel twice: second request interrupts the cleanup await
async def t():
    try: await sleep(10)
    except CancelledError as e:
        p('1st', e.args)
        try: await sleep(10); p('NEVER')
        except CancelledError as e2: p('2nd', e2.args, 'context is 1st', e2.__context__ is e); raise
async def main():
    x = create_task(t()); await sleep(0); x.cancel('one'); await sleep(0); x.cancel('two'); await asyncio.wait([x]); p(x.cancelled(), x.cancelling())
    y = create_task(t()); await sleep(0); p('same-tick double cancel:', y.cancel('one'), y.cancel('two'), y.cancelling()); await sleep(0); await sleep(0); p(y); y.cancel('end'); await asyncio.wait([y])
run(main())
