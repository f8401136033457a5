# cancel before the first step: body never runs, not even finally
async def t():
    p('NEVER')
    try: await sleep(1)
    finally: p('NEVER finally')
async def main():
    x = create_task(t()); p(x.cancel('m'), x.cancelled(), x.done(), x.cancelling())
    try: await x
    except CancelledError as e: p('awaited', repr(e), x.cancelled(), x.done())
    p(x.cancel())
run(main())
