# stop() before run_forever; stop() inside; callbacks scheduled in the stopping batch survive to the next run
loop = TickLoop()
loop.call_soon(p, 'x'); loop.stop(); loop.run_forever(); print('1st run_forever returned')
def s(): p('stopping'); loop.stop(); loop.call_soon(p, 'scheduled-after-stop'); p('still in batch')
loop.call_soon(s); loop.call_soon(p, 'same batch'); loop.run_forever(); print('2nd returned')
loop.call_soon(loop.stop); loop.run_forever(); print('3rd returned'); loop.close()
