# asyncio.run waits for running default-executor jobs at exit (thread outlives main)
t0 = time.monotonic()
async def main():
    asyncio.get_running_loop().run_in_executor(None, lambda: (time.sleep(.05), print('thread end')))
    p('main returns')
run(main()); print('run() returned after the thread:', time.monotonic() - t0 >= .05)
