# equal deadlines: is the heap stable?
loop = TickLoop()
for n in (3, 5, 8):
    out = []
    when = loop.time() + 0.01
    for i in range(n): loop.call_at(when, out.append, i)
    loop.call_at(when + 0.01, loop.stop)
    loop.run_forever(); print(n, out, 'FIFO' if out == sorted(out) else 'NOT FIFO')
# interleaved: equal deadlines + earlier timers popped in between
out = []; t = loop.time() + 0.02
for i in range(4):
    loop.call_at(t, out.append, ('same', i)); loop.call_at(t - 0.01, out.append, ('early', i))
loop.call_at(t + 0.01, loop.stop); loop.run_forever(); print(out)
loop.close()
