# cancel() in the gap between "future done" and "task resumed": the result (or the exception) of the future is lost to this task
async def t(f):
    try: p('got', await f)
    except BaseException as e: p('raised', repr(e)); raise
async def main():
    loop = asyncio.get_running_loop()
    for setter in (lambda f: f.set_result('R'), lambda f: f.set_exception(KeyError('K'))):
        f = loop.create_future(); x = create_task(t(f)); await sleep(0); setter(f); p('cancel ->', x.cancel('c')); await asyncio.wait([x]); p(x.cancelled(), f.cancelled())
run(main())
