# debug mode: slow callback warning, coroutine passed to call_soon, wrong thread
logging.basicConfig(format='LOG %(levelname)s %(message)s', stream=sys.stdout, level=logging.INFO)
async def slow(): time.sleep(.06)
async def main():
    loop = asyncio.get_running_loop(); p(loop.get_debug(), loop.slow_callback_duration); loop.slow_callback_duration = .05
    await create_task(slow(), name='S')
    loop.call_soon(time.sleep, .06); await sleep(0); await sleep(0)
    async def c(): pass
    co = c()
    for bad in (co, c, 5):
        try: loop.call_soon(bad)
        except TypeError as e: p(str(e).split(' at 0x')[0])
    co.close()
    def th():
        try: loop.call_soon(p)
        except RuntimeError as e: print(repr(e))
    t = threading.Thread(target=th); t.start(); t.join()
run(main(), debug=True)
