# run_until_complete: done future, early stop, exception, nested run, closed loop
loop = TickLoop()
f = loop.create_future(); f.set_result(5); print(loop.run_until_complete(f), 'ticks', loop.n)
f = loop.create_future(); loop.call_soon(loop.stop)
try: loop.run_until_complete(f)
except RuntimeError as e: print(repr(e))
async def nested():
    for fn in (lambda: loop.run_forever(), lambda: loop.run_until_complete(f), lambda: asyncio.new_event_loop().run_forever(), lambda: loop.close(), lambda: asyncio.run(sleep(0))):
        try: fn()
        except RuntimeError as e: print(repr(e))
with warnings.catch_warnings(): warnings.simplefilter('ignore'); loop.run_until_complete(nested()); gc.collect()
h = loop.call_soon(p, 'NEVER'); loop.close(); loop.close()
for fn in (lambda: loop.call_soon(p), lambda: loop.call_later(1, p), lambda: loop.run_forever(), lambda: loop.call_soon_threadsafe(p), lambda: loop.run_in_executor(None, p)):
    try: fn()
    except RuntimeError as e: print(repr(e))
print(loop, loop.is_closed(), loop.create_future())
