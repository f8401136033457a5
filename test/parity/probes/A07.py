# SystemExit/KeyboardInterrupt from a callback leave run_forever at once; the rest of the batch stays queued
loop = TickLoop()
def bad(): raise KeyboardInterrupt
loop.call_soon(bad); loop.call_soon(p, 'rest of batch')
try: loop.run_forever()
except KeyboardInterrupt: print('escaped; running =', loop.is_running())
loop.call_soon(loop.stop); loop.run_forever(); loop.close()
