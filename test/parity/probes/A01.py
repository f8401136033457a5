# call_soon FIFO; ntodo snapshot; timers that are due run after handles already ready, in the same tick
loop = TickLoop()
def cb(x):
    p(x)
    if x == 'b': loop.call_soon(cb, 'b2-nested')
    if x == 'b2-nested': loop.stop()
loop.call_later(0, cb, 'timer0')
loop.call_later(-1, cb, 'timer-1')
for x in 'abc': loop.call_soon(cb, x)
loop.run_forever(); loop.close()
