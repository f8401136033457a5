# async generator that fails while being closed by the loop; iterating one after shutdown_asyncgens
async def g():
    try: yield 1
    finally: raise ValueError('in close')
async def main():
    global keep; asyncio.get_running_loop().set_exception_handler(lambda l, c: print('HANDLER', c['message'].split(' <')[0], repr(c['exception']), sorted(c)))
    keep = g(); await anext(keep)
run(main())
async def g2(): yield 1
async def m2():
    await asyncio.get_running_loop().shutdown_asyncgens()
    with warnings.catch_warnings(record=True) as w: warnings.simplefilter('always'); await anext(g2()); print(w[0].category.__name__, 'was scheduled after loop.shutdown_asyncgens() call' in str(w[0].message))
run(m2())
