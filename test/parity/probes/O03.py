# "Task was destroyed but it is pending!": loop closed with pending tasks; when the warning is not issued
loop = TickLoop(); loop.set_exception_handler(lambda l, c: print('HANDLER', c['message'], sorted(c)))
t = loop.create_task(sleep(10)); loop.call_soon(loop.stop); loop.run_forever(); loop.close(); del t; gc.collect()
loop = TickLoop(); loop.set_exception_handler(lambda l, c: print('HANDLER', c['message']))
async def m(): await sleep(10)
loop.call_soon(loop.stop)
try: loop.run_until_complete(m())
except RuntimeError as e: print(e)
gc.collect(); print('implicit task of run_until_complete: no warning'); loop.close()
