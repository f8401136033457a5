# unclosed resources: loop never closed, transport dropped
warnings.simplefilter('always'); warnings.showwarning = lambda m, cat, *a: print(cat.__name__, str(m).split(' <')[0].split('<')[0])
l = asyncio.new_event_loop(); del l; gc.collect()
async def main():
    s = await asyncio.start_server(lambda r, w: None, '127.0.0.1', 0); r, w = await asyncio.open_connection(*s.sockets[0].getsockname()); await sleep(.01); del r, w; gc.collect(); s.close(); await sleep(.01)
asyncio.run(main()); gc.collect()
