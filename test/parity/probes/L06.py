# wrap_future; concurrent.futures.Future differences (immediate callbacks, states, wait/as_completed)
import concurrent.futures as cf
c = cf.Future(); c.add_done_callback(lambda f: print('cf callback runs synchronously inside set_result')); print(c._state, c.running(), c.done()); print(c.set_running_or_notify_cancel(), c.running(), 'cancel while running ->', c.cancel()); c.set_result(1); print('after'); c.add_done_callback(lambda f: print('already done: immediately'))
try: cf.Future().result(0.01)
except TimeoutError as e: print(repr(e))
c = cf.Future(); print(c.cancel(), c.cancelled(), c.set_running_or_notify_cancel())
try: c.result()
except cf.CancelledError as e: print(type(e).__mro__[1].__name__, cf.CancelledError is asyncio.CancelledError)
async def main():
    c = cf.Future(); f = asyncio.wrap_future(c); threading.Timer(.01, c.set_result, ['from thread']).start(); p(await f, asyncio.wrap_future(f) is f)
    c = cf.Future(); f = asyncio.wrap_future(c); f.cancel(); await sleep(0); p('cancel propagates to source', c.cancelled())
    c = cf.Future(); f = asyncio.wrap_future(c); c.cancel(); await sleep(0); await sleep(0); p('and back', f.cancelled())
run(main())
with cf.ThreadPoolExecutor(2) as ex:
    fs = [ex.submit(time.sleep, .4), ex.submit(time.sleep, .02)]; d, n = cf.wait(fs, return_when=cf.FIRST_COMPLETED); print(len(d), len(n)); print([fs.index(f) for f in cf.as_completed(fs)])
    print(list(ex.map(lambda x, y: x * y, [1, 2, 3], [4, 5, 6])))
