# a task spawned by a dying task is not cancelled again: it is abandoned when the loop closes
async def late():
    try: print('late starts'); await sleep(.05); print('NEVER')
    except BaseException as e: print('late got', type(e).__name__); raise
async def bg():
    global k
    try: await sleep(10)
    finally: k = create_task(late())
async def main():
    global t; asyncio.get_running_loop().set_exception_handler(lambda l, c: print('HANDLER', c['message'])); t = create_task(bg()); await sleep(0)
run(main()); print('run returned; late.done', k.done()); k = None; gc.collect()
