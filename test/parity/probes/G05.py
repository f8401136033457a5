# known defect (open issue 134471): a cancel that is already pending when timeout(0) is entered is reported as TimeoutError
async def t():
    asyncio.current_task().cancel('real cancel')
    try:
        async with asyncio.timeout(0): await sleep(0)
    except TimeoutError: p('TimeoutError (the real cancel is masked); cancelling', asyncio.current_task().cancelling())
    except CancelledError as e: p('CancelledError', e.args); raise
    await sleep(0); p('task goes on')
async def main(): x = create_task(t()); await asyncio.wait([x]); p(x.cancelled())
run(main())
