# exception in a callback: handler context, the batch goes on
loop = TickLoop()
loop.set_exception_handler(lambda l, c: p({k: (repr(v) if k != 'handle' else type(v).__name__) for k, v in c.items()}))
def bad(): raise ValueError('x')
loop.call_soon(bad); loop.call_soon(p, 'next'); loop.call_soon(loop.stop); loop.run_forever(); loop.close()
