# one poll per tick: an endless call_soon chain does not starve timers
loop = TickLoop(); t0 = loop.time(); n = 0
def spin():
    global n; n += 1; loop.call_soon(spin)
loop.call_soon(spin); loop.call_later(0.02, loop.stop); loop.run_forever()
print('timer fired in spite of spinning:', 0.02 <= loop.time() - t0 < 0.2, 'ticks == spins:', abs(loop.n - n) <= 1); loop.close()
