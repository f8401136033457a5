# debug mode additions: source_traceback in task/handle contexts; selector-level slow warnings; env var
async def bad(): raise ValueError
async def main():
    loop = asyncio.get_running_loop(); loop.set_exception_handler(lambda l, c: p('HANDLER', c['message'].split(' at')[0].split(' created')[0], sorted(c)))
    t = create_task(bad()); await sleep(0); await sleep(0); del t; gc.collect(); loop.call_soon(lambda: 1/0); await sleep(0); f = loop.create_future(); f.set_exception(ValueError()); del f; gc.collect()
run(main(), debug=True)
