# Runner: several runs share loop+context; close; misuse
v = contextvars.ContextVar('v', default=0)
async def inc(): v.set(v.get() + 1); return v.get()
async def bg():
    try: await sleep(10)
    finally: print('bg cancelled at close')
async def spawn(): global t; t = create_task(bg()); await sleep(0)
with asyncio.Runner(loop_factory=TickLoop) as r:
    print(r.run(inc()), r.run(inc()), 'outside', v.get(), r.get_loop() is r.get_loop()); r.run(spawn()); print('task survives between runs', t.done()); print(r.run(inc(), context=contextvars.copy_context()))
c = inc()
try: r.run(c)
except RuntimeError as e: print(e)
c.close(); r.close(); print('close idempotent')
async def nest():
    x = asyncio.Runner(); k = inc()
    try: x.run(k)
    except RuntimeError as e: p(e)
    k.close()
run(nest())
