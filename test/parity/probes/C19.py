# weak references: a pending task nobody refers to is collected
async def lost():
    try: await asyncio.get_running_loop().create_future()
    except BaseException as e: print('lost got', repr(e)); raise
async def main():
    asyncio.get_running_loop().set_exception_handler(lambda l, c: p('HANDLER', c['message'], sorted(c)))
    create_task(lost()); await sleep(0); p('tasks', len(asyncio.all_tasks())); gc.collect(); p('after gc', len(asyncio.all_tasks()))
run(main())
