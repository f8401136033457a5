# set_exception with a class, StopIteration, a non-exception; awaiting twice raises the same object
async def main():
    loop = asyncio.get_running_loop()
    f = loop.create_future(); f.set_exception(ValueError); p(repr(f.exception()))
    f = loop.create_future(); f.set_exception(StopIteration(3)); p(repr(f.exception()), repr(f.exception().__cause__))
    f = loop.create_future()
    try: f.set_exception('nope')
    except TypeError as e: p('TypeError', e)
    e0 = ValueError('v'); f.set_exception(e0)
    for _ in range(2):
        try: await f
        except ValueError as e: p(e is e0)
    g = loop.create_future(); p(g.cancel('msg'), g.cancel(), g.cancelled(), g.done(), g)
    es = []
    for _ in range(2):
        try: await g
        except CancelledError as e: es.append(e); p(repr(e))
    p('same object:', es[0] is es[1])
    for m in ('result', 'exception'):
        try: getattr(g, m)()
        except CancelledError as e: p(m, repr(e))
run(main())
