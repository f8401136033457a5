# a handle cancelled by an earlier callback of the same batch does not run; a handle is a one-shot
loop = TickLoop()
def a(): p('a'); h.cancel(); p('cancelled()', h.cancelled())
loop.call_soon(a); h = loop.call_soon(p, 'NEVER'); loop.call_soon(p, 'c'); loop.call_soon(loop.stop)
loop.run_forever(); print(repr(h)); loop.close()
