# SIGINT: first -> main task cancelled, run raises KeyboardInterrupt; main swallowing -> its result is returned; second -> immediate
import signal, os
def ki(d): threading.Timer(d, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
async def main():
    ki(.02)
    try: await sleep(10)
    except CancelledError as e: p('main task cancelled', repr(e)); raise
    finally: p('cleanup ran')
try: run(main())
except KeyboardInterrupt: print('KeyboardInterrupt')
async def sw():
    ki(.02)
    try: await sleep(10)
    except CancelledError: return 'swallowed'
print(run(sw()))
async def un():
    ki(.02)
    try: await sleep(10)
    except CancelledError: asyncio.current_task().uncancel(); raise
try: run(un())
except BaseException as e: print('uncancel + raise ->', type(e).__name__)
async def busy(): ki(.01); ki(.03); time.sleep(.2) if False else [None for _ in iter(lambda: time.sleep(.005), 1)]
try: run(busy())
except KeyboardInterrupt: print('second SIGINT: immediate KeyboardInterrupt')
