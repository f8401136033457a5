# one tick: handles already ready, then I/O callbacks, then due timers
import socket
loop = TickLoop(); a, b = socket.socketpair(); a.setblocking(False); b.send(b'x')
loop.add_reader(a, lambda: (p('io'), a.recv(9))); loop.call_later(0, p, 'timer'); loop.call_soon(p, 'soon'); loop.call_soon(loop.stop); loop.run_forever(); print(loop.remove_reader(a), loop.remove_reader(a)); loop.close(); a.close(); b.close()
