# copy points: task at creation, call_soon at scheduling, done-callback at registration; await coro shares
v = contextvars.ContextVar('v', default='d')
async def child(n): b = v.get(); v.set(n); return b
async def main():
    loop = asyncio.get_running_loop(); v.set('m1'); t = create_task(child('t')); loop.call_soon(lambda: p('call_soon saw', v.get())); loop.call_later(0, lambda: (p('call_later saw', v.get()), v.set('leak?')))
    f = loop.create_future(); f.add_done_callback(lambda _: p('cb saw', v.get())); v.set('m2'); f.set_result(0)
    p('task saw', await t, '| main still', v.get()); p('await coro saw', await child('coro'), '| leaked into main:', v.get()); await sleep(0); p(v.get())
    c = contextvars.copy_context(); a = create_task(child('A'), context=c); b = create_task(child('B'), context=c); p('shared context:', await a, await b, c[v], a.get_context() is c)
run(main())
