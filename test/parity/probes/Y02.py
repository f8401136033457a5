# throw()/close() semantics
class Y:
    def __await__(s):
        while True:
            try: r = yield 'y'
            except KeyError as e: print('caught inside __await__', repr(e)); return 'recovered'
            finally: print('finally')
async def c(): return await Y()
x = c(); x.send(None)
try: x.throw(KeyError('k'))
except StopIteration as e: print('->', e.value)
x = c(); x.send(None)
try: x.throw(ValueError('v'))
except ValueError as e: print('propagated', e)
x = c(); x.send(None); print('close ->', x.close(), x.cr_frame)
x = c()
try: x.throw(ValueError('before start'))
except ValueError as e: print(e)
async def stubborn():
    try: await Y()
    except GeneratorExit: print('ignoring GeneratorExit'); await Y()
x = stubborn(); x.send(None)
try: x.close()
except RuntimeError as e: print(e)
async def ret():
    try: await Y()
    except GeneratorExit: return 'r'
x = ret(); x.send(None); print('close() return value (generators 3.13+ return it; coroutines?)', x.close())
import types
class YN:
    def __await__(s): return iter([7])
async def d(): return await YN()
x = d(); print(x.send(None))
try: x.send(42)
except AttributeError as e: print('AttributeError', e)
x.close(); x = d(); x.send(None)
try: x.send(None)
except StopIteration as e: print('send(None) into a plain iterator works ->', e.value)
x = d(); x.send(None); y = c(); 
async def two(k): await k
k = c(); t1 = two(k); t1.send(None); t2 = two(k)
try: t2.send(None)
except RuntimeError as e: print(e)
t1.close(); x.close(); y.close()
