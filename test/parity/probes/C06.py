# cancel while waiting on a future: the future is cancelled at once, the task one tick later
async def t(f):
    try: await f
    except CancelledError as e: p('caught', repr(e)); raise
    finally: p('finally')
async def main():
    f = asyncio.get_running_loop().create_future(); x = create_task(t(f)); await sleep(0)
    p('cancel ->', x.cancel('why'), 'f.cancelled', f.cancelled(), 'x.cancelled', x.cancelled(), 'x.done', x.done())
    try: await x
    except CancelledError as e: p('main sees', repr(e), 'x.cancelled', x.cancelled())
run(main())
